/** A stand-in for the task service: tasks and lists in memory, with etags, request ids, pages and a trash. */
import { randomUUID } from "node:crypto";
import { create, equals, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { DueSchema, Task_State, TaskListSchema, TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import type { Due, Task, TaskList } from "../../src/gen/docket/task/v1/task_pb.ts";
import { TaskListService } from "../../src/gen/docket/task/v1/task_list_service_pb.ts";
import { TaskService } from "../../src/gen/docket/task/v1/task_service_pb.ts";
import { invalid, notFound, refusal } from "./faults.ts";

interface Owned {
  /** Newest first. */
  tasks: Task[];
  readonly lists: TaskList[];
  readonly answers: Map<string, { readonly request: string; readonly task: Task }>;
}

export class FakeTasks {
  readonly #owned = new Map<string, Owned>();
  readonly #ownerOf: (context: HandlerContext) => string;

  constructor(ownerOf: (context: HandlerContext) => string) {
    this.#ownerOf = ownerOf;
  }

  routes(router: ConnectRouter): void {
    router.service(TaskService, {
      createTask: ({ task, requestId }, context) => {
        const owned = this.#of(context);
        return this.#once(owned, requestId, TaskSchema, task, () => {
          if (!task?.title.trim()) throw invalid({ "task.title": "must be 1 to 200 characters" });
          const taskListId = task.taskListId || owned.lists[0]?.id || "";
          const added = create(TaskSchema, { ...task, id: randomUUID(), title: task.title.trim(), taskListId });
          added.state = Task_State.OPEN;
          added.createTime = timestampFromMs(Date.now());
          if (added.due) added.due = withOverdue(added.due);
          owned.tasks.unshift(added);
          return stamp(added);
        });
      },
      // Also from the trash.
      getTask: ({ id }, context) => ({ task: findAnywhere(this.#of(context), id) }),
      listTasks: ({ filter, pageSize, pageToken }, context) => {
        const comparisons = comparisonsOf(filter);
        const admits = (task: Task): boolean => !task.deleteTime && comparisons.every((holds) => holds(task));
        const all = this.#of(context).tasks.filter(admits);
        const start = pageToken === "" ? 0 : all.findIndex(({ id }) => id === pageToken) + 1;
        const tasks = all.slice(start, start + (pageSize || 50));
        const more = start + tasks.length < all.length;
        return { tasks, nextPageToken: more ? (tasks.at(-1)?.id ?? "") : "" };
      },
      updateTask: ({ task, updateMask, requestId }, context) => {
        const owned = this.#of(context);
        return this.#once(owned, requestId, TaskSchema, task, () => {
          const known = find(owned, task?.id ?? "");
          if (task?.etag && task.etag !== known.etag) throw refusal(Code.Aborted, "ETAG_MISMATCH");
          const paths = updateMask?.paths ?? [];
          if (!task || (paths.includes("title") && !task.title.trim())) {
            throw invalid({ "task.title": "must be 1 to 200 characters" });
          }
          if (paths.includes("title")) known.title = task.title.trim();
          if (paths.includes("description")) known.description = task.description;
          if (paths.includes("priority")) known.priority = task.priority;
          if (paths.includes("due")) {
            delete known.due;
            if (task.due) known.due = withOverdue(task.due);
          }
          return stamp(known);
        });
      },
      completeTask: ({ id }, context) => ({ task: turn(find(this.#of(context), id), Task_State.COMPLETED) }),
      reopenTask: ({ id }, context) => ({ task: turn(find(this.#of(context), id), Task_State.OPEN) }),
      deleteTask: ({ id }, context) => {
        const task = find(this.#of(context), id);
        task.deleteTime = timestampFromMs(Date.now());
        return { task: stamp(task) };
      },
      undeleteTask: ({ id }, context) => {
        const task = findAnywhere(this.#of(context), id);
        if (!task.deleteTime) throw refusal(Code.AlreadyExists, "NOT_DELETED");
        delete task.deleteTime;
        return { task: stamp(task) };
      },
    });
    router.service(TaskListService, {
      listTaskLists: (_request, context) => ({ taskLists: this.#of(context).lists }),
      createTaskList: ({ taskList }, context) => {
        if (!taskList?.title.trim()) throw invalid({ "task_list.title": "must be 1 to 100 characters" });
        const added = create(TaskListSchema, { id: randomUUID(), title: taskList.title.trim() });
        this.#of(context).lists.push(added);
        return { taskList: added };
      },
    });
  }

  #of(context: HandlerContext): Owned {
    const owner = this.#ownerOf(context);
    let owned = this.#owned.get(owner);
    if (!owned) {
      const inbox = create(TaskListSchema, { id: randomUUID(), title: "Inbox", inbox: true });
      owned = { tasks: [], lists: [inbox], answers: new Map() };
      this.#owned.set(owner, owned);
    }
    return owned;
  }

  /** Answers a known request id as it did first. */
  #once<D extends DescMessage>(
    owned: Owned,
    requestId: string,
    schema: D,
    message: MessageShape<D> | undefined,
    work: () => Task,
  ): { task: Task } {
    const request = message ? Buffer.from(toBinary(schema, message)).toString("base64") : "";
    const earlier = owned.answers.get(requestId);
    if (earlier && earlier.request !== request) throw refusal(Code.InvalidArgument, "REQUEST_ID_REUSED");
    const task = earlier?.task ?? structuredClone(work());
    if (requestId !== "") owned.answers.set(requestId, { request, task });
    return { task };
  }
}

/** Of the filter language what the page uses: state and list, compared by "=" and joined by AND. */
function comparisonsOf(filter: string): ((task: Task) => boolean)[] {
  const comparisons = filter === "" ? [] : filter.split(" AND ");
  return comparisons.map((comparison) => {
    const [, state, list] = /^(?:state = (OPEN|COMPLETED)|task_list = "([\w-]+)")$/.exec(comparison) ?? [];
    if (list) return (task) => task.taskListId === list;
    if (state) return (task) => Task_State[task.state] === state;
    throw invalid({ filter: "can't be understood" });
  });
}

function find(owned: Owned, id: string): Task {
  const task = findAnywhere(owned, id);
  if (task.deleteTime) throw notFound();
  return task;
}

function findAnywhere(owned: Owned, id: string): Task {
  const task = owned.tasks.find((known) => known.id === id);
  if (!task) throw notFound();
  return task;
}

function turn(task: Task, state: Task_State): Task {
  if (task.state === state) return task;
  task.state = state;
  return stamp(task);
}

let lastUpdate = 0;

/** Marks a new version. Of two versions the later one has the later update time, also within a millisecond. */
function stamp(task: Task): Task {
  lastUpdate = Math.max(lastUpdate + 1, Date.now());
  task.etag = randomUUID();
  task.updateTime = timestampFromMs(lastUpdate);
  return task;
}

/** The end of the day or the moment, read in this machine's own zone: near enough for a stand-in. */
function withOverdue(due: Due): Due {
  if (equals(DueSchema, due, create(DueSchema))) return due;
  const end = due.local.includes("T") ? due.local : `${due.local}T23:59:59`;
  return create(DueSchema, { ...due, overdueTime: timestampFromMs(Date.parse(end)) });
}
