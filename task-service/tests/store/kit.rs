//! What these tests share.

use chrono::{DateTime, Utc};
use docket_identity::{Random, UserId};
use docket_storage::{Role, StoreError, detached};
use docket_testkit::{FakeClock, TestDatabase, seeded_random};
use task_service::domain::{
    Color, Description, Due, Filter, ListTitle, NewTask, NewTaskList, Once, Order, PageSize, Priority, RequestIdReused,
    Task, TaskId, TaskList, TaskListId, TaskListQuery, TaskQuery, Title,
};
use task_service::store::{Begun, FoundTask, OwnedStore, Store, Write};
use uuid::Uuid;

/// A store with one account, who may write.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) owner: UserId,
    pub(crate) clock: FakeClock,
    pub(crate) random: Random,
}

impl Bench {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        Self {
            store: Store::new(database.connect(Role::Task).await),
            owner: database.add_user().await,
            clock: FakeClock::default(),
            random: seeded_random(7),
        }
    }

    /// The same store for another account.
    pub(crate) async fn another(&self, database: &TestDatabase) -> Self {
        Self {
            store: self.store.clone(),
            owner: database.add_user().await,
            clock: self.clock.clone(),
            random: self.random.clone(),
        }
    }

    pub(crate) fn owned(&self) -> OwnedStore {
        self.store.of(self.owner)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn write(&self) -> Write {
        Write::new(&self.clock.clock(), &self.random, None)
    }

    /// A write that may arrive twice. The fingerprint stands for the request.
    pub(crate) fn write_once(&self, request_id: u128, fingerprint: u8) -> Write {
        let once = Once { request_id: Uuid::from_u128(request_id), fingerprint: [fingerprint; 32] };
        Write::new(&self.clock.clock(), &self.random, Some(once))
    }

    pub(crate) fn task_id(&self) -> TaskId {
        TaskId::new(self.now(), &self.random)
    }

    pub(crate) async fn insert(&self, new: NewTask) -> Task {
        self.owned().insert_task(self.task_id(), new, self.write()).await.expect("the task can be added")
    }

    pub(crate) async fn add(&self, title: &str) -> Task {
        self.insert(new_task(title)).await
    }

    /// Changes a task that is there.
    pub(crate) async fn change(
        &self,
        id: TaskId,
        change: impl FnOnce(&mut FoundTask) + Send + 'static,
    ) -> Result<Task, Failure> {
        self.change_as(id, self.write(), change).await
    }

    pub(crate) async fn change_as(
        &self,
        id: TaskId,
        write: Write,
        change: impl FnOnce(&mut FoundTask) + Send + 'static,
    ) -> Result<Task, Failure> {
        let change = |found: &mut FoundTask| {
            change(found);
            Ok(())
        };
        self.owned().change_task(id, write, change).await
    }

    pub(crate) async fn delete(&self, id: TaskId) -> Task {
        let now = self.now();
        let deleted = self.change(id, move |found| found.task.delete(now, Uuid::from_u128(5))).await;
        deleted.expect("the task can be deleted")
    }

    pub(crate) async fn add_list(&self, title: &str) -> TaskList {
        let id = TaskListId::new(self.now(), &self.random);
        self.owned().insert_task_list(id, new_list(title), self.write()).await.expect("the list can be added")
    }

    pub(crate) async fn lists(&self) -> Vec<TaskList> {
        let query = TaskListQuery { show_deleted: false, after: None, page_size: PageSize::try_from(200).unwrap() };
        self.owned().task_list_page(&query).await.expect("the lists can be read").items
    }

    pub(crate) async fn page(&self, query: &TaskQuery) -> Vec<Task> {
        self.owned().task_page(query).await.expect("the page can be read").items
    }
}

/// Why a write of these tests was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    NoTaskList,
    Missing,
    RequestIdReused,
    Store(StoreError),
}

impl From<RequestIdReused> for Failure {
    fn from(_: RequestIdReused) -> Self {
        Self::RequestIdReused
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whole writes, put together as the use cases do it.
pub(crate) trait Writes {
    async fn insert_task(&self, id: TaskId, new: NewTask, write: Write) -> Result<Task, Failure>;

    async fn change_task(
        &self,
        id: TaskId,
        write: Write,
        change: impl FnOnce(&mut FoundTask) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Task, Failure>;

    async fn insert_task_list(&self, id: TaskListId, new: NewTaskList, write: Write) -> Result<TaskList, Failure>;

    async fn make_inbox(&self, write: Write) -> Result<(), StoreError>;
}

impl Writes for OwnedStore {
    async fn insert_task(&self, id: TaskId, new: NewTask, write: Write) -> Result<Task, Failure> {
        let owned = self.clone();
        detached(async move {
            let mut transaction = match owned.begin_request::<_, Failure>(write).await? {
                Begun::Fresh(transaction) => transaction,
                Begun::Replayed(task) => return Ok(task),
            };
            let task = Task::new(id, new, transaction.inbox_id(), transaction.etag(), transaction.now());
            if !transaction.insert_task(&task).await? {
                return Err(Failure::NoTaskList);
            }
            Ok(transaction.answer(task).await?)
        })
        .await
    }

    async fn change_task(
        &self,
        id: TaskId,
        write: Write,
        change: impl FnOnce(&mut FoundTask) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Task, Failure> {
        let owned = self.clone();
        detached(async move {
            let mut transaction = match owned.begin_request::<_, Failure>(write).await? {
                Begun::Fresh(transaction) => transaction,
                Begun::Replayed(task) => return Ok(task),
            };
            let mut found = transaction.find_task(id).await?.ok_or(Failure::Missing)?;
            let before = found.task.clone();
            change(&mut found)?;
            let task = transaction.update_task(&before, found.task).await?;
            Ok(transaction.answer(task).await?)
        })
        .await
    }

    async fn insert_task_list(&self, id: TaskListId, new: NewTaskList, write: Write) -> Result<TaskList, Failure> {
        let owned = self.clone();
        detached(async move {
            let mut transaction = match owned.begin_request::<_, Failure>(write).await? {
                Begun::Fresh(transaction) => transaction,
                Begun::Replayed(list) => return Ok(list),
            };
            let position = transaction.last_position().await?.next();
            let list = TaskList::new(id, new, position, transaction.etag(), transaction.now());
            transaction.insert_task_list(&list).await?;
            Ok(transaction.answer(list).await?)
        })
        .await
    }

    async fn make_inbox(&self, write: Write) -> Result<(), StoreError> {
        let owned = self.clone();
        detached(async move { owned.begin(write).await?.commit().await }).await
    }
}

pub(crate) fn new_task(title: &str) -> NewTask {
    NewTask {
        id: None,
        task_list_id: None,
        title: Title::parse(title).unwrap(),
        description: Description::default(),
        priority: Priority::None,
        due: None,
    }
}

/// A task whose description is long enough to be kept apart from answers.
pub(crate) fn long_task(title: &str) -> NewTask {
    NewTask { description: Description::parse(&"\u{1f600}".repeat(10_000)).unwrap(), ..new_task(title) }
}

pub(crate) fn due(local: &str, zone: &str) -> Option<Due> {
    Some(Due::parse(local, zone).unwrap())
}

pub(crate) fn new_list(title: &str) -> NewTaskList {
    NewTaskList { id: None, title: ListTitle::parse(title).unwrap(), color: Color::default() }
}

pub(crate) fn query(order: &str, filter: &str) -> TaskQuery {
    TaskQuery {
        filter: Filter::parse(filter).unwrap(),
        order: Order::parse(order).unwrap(),
        show_deleted: false,
        after: None,
        page_size: PageSize::try_from(200).unwrap(),
    }
}

pub(crate) fn titles(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.title.as_str()).collect()
}

pub(crate) fn is_duplicate<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Store(StoreError::Duplicate(_))))
}
