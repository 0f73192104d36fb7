//! The table `users`.

use auth_service::domain::{DisplayName, Email};
use chrono::TimeDelta;
use docket_identity::UserId;
use docket_storage::StoreError;
use docket_testkit::on_both_databases;

use crate::kit::Kit;

on_both_databases! {
    async fn an_account_reads_back_as_it_was_stored(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let account = kit.account("ada").await;
        assert_eq!(kit.store.account(account.id).await.unwrap(), Some(account.clone()));
        let by_id = kit.store.credentials(account.id).await.unwrap().unwrap();
        let by_email = kit.store.credentials_by_email(&account.email).await.unwrap().unwrap();
        for credentials in [by_id, by_email] {
            assert_eq!(credentials.account, account);
            assert_eq!((credentials.password_hash.as_str(), credentials.suspend_time), ("hash of ada", None));
        }
    }

    async fn an_account_that_is_not_there_is_none(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let id = UserId::new(kit.now, &kit.random);
        let email = Email::parse("nobody@example.org").unwrap();
        assert!(kit.store.account(id).await.unwrap().is_none());
        assert!(kit.store.credentials(id).await.unwrap().is_none());
        assert!(kit.store.credentials_by_email(&email).await.unwrap().is_none());
        assert!(kit.store.rename(id, &DisplayName::parse("x").unwrap(), kit.now).await.unwrap().is_none());
    }

    async fn an_address_is_stored_once(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let account = kit.account("ada").await;
        let mut transaction = kit.store.begin().await.unwrap();
        let other = auth_service::domain::Account { id: UserId::new(kit.now, &kit.random), ..account };
        let refused = transaction.insert_account(&other, "hash").await.unwrap_err();
        assert!(matches!(refused, StoreError::Duplicate(_)), "{refused:?}");
    }

    async fn a_transaction_that_is_dropped_leaves_no_trace(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let account = kit.account("ada").await;
        let mut transaction = kit.store.begin().await.unwrap();
        transaction.delete_account(account.id, kit.now).await.unwrap();
        drop(transaction);
        assert!(kit.store.account(account.id).await.unwrap().is_some());
    }

    async fn a_name_changes_with_its_time(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let (account, other) = (kit.account("ada").await, kit.account("grace").await);
        let later = kit.now + TimeDelta::microseconds(1);
        let renamed = kit.store.rename(account.id, &DisplayName::parse("Countess").unwrap(), later).await.unwrap();
        let renamed = renamed.unwrap();
        assert_eq!((renamed.display_name.as_str(), renamed.update_time), ("Countess", later));
        assert_eq!(kit.store.account(account.id).await.unwrap(), Some(renamed));
        assert_eq!(kit.store.account(other.id).await.unwrap(), Some(other));
    }

    async fn an_account_is_held_only_with_its_own_hash(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let account = kit.account("ada").await;
        let mut transaction = kit.store.begin().await.unwrap();
        assert!(transaction.hold_account(account.id, "hash of ada").await.unwrap());
        assert!(!transaction.hold_account(account.id, "hash of grace").await.unwrap());
        transaction.set_password_hash(account.id, "another", kit.now + TimeDelta::seconds(1)).await.unwrap();
        assert!(!transaction.hold_account(account.id, "hash of ada").await.unwrap());
        assert!(transaction.hold_account(account.id, "another").await.unwrap());
        kit.commit(transaction).await;
        let credentials = kit.store.credentials(account.id).await.unwrap().unwrap();
        assert_eq!(credentials.password_hash, "another");
        assert_eq!(credentials.account.update_time, kit.now + TimeDelta::seconds(1));
    }

    async fn a_renewed_hash_leaves_the_time_of_the_last_change(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let account = kit.account("ada").await;
        let later = kit.now + TimeDelta::seconds(1);
        let renamed = kit.store.rename(account.id, &DisplayName::parse("Countess").unwrap(), later).await.unwrap();
        let mut transaction = kit.store.begin().await.unwrap();
        transaction.renew_password_hash(account.id, "another").await.unwrap();
        kit.commit(transaction).await;
        let credentials = kit.store.credentials(account.id).await.unwrap().unwrap();
        assert_eq!((credentials.password_hash.as_str(), Some(credentials.account)), ("another", renamed));
    }

    async fn of_two_that_hold_an_account_the_second_waits_and_sees_what_the_first_did(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let account = kit.account("ada").await;
        let mut first = kit.store.begin().await.unwrap();
        assert!(first.hold_account(account.id, "hash of ada").await.unwrap());
        let (store, id) = (kit.store.clone(), account.id);
        let second = tokio::spawn(async move {
            let mut second = store.begin().await.unwrap();
            second.hold_account(id, "hash of ada").await.unwrap()
        });
        tokio::task::yield_now().await;
        first.set_password_hash(account.id, "another", kit.now).await.unwrap();
        kit.commit(first).await;
        assert!(!second.await.unwrap());
    }

    async fn accounts_are_listed_oldest_first_page_by_page(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let mut ids = Vec::new();
        for name in ["ada", "grace", "hedy"] {
            ids.push(kit.account(name).await.id);
        }
        ids.sort();
        let page = async |after, limit| {
            let accounts = kit.store.accounts(after, limit).await.unwrap();
            accounts.into_iter().map(|account| account.id).collect::<Vec<_>>()
        };
        assert_eq!(page(None, 2).await, ids[..2]);
        assert_eq!(page(Some(ids[1]), 2).await, ids[2..]);
        assert!(page(Some(ids[2]), 2).await.is_empty());
    }
}
