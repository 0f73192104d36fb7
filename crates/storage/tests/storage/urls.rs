//! Where a database is, as text.

use docket_storage::DatabaseUrl;

#[test]
fn both_kinds_of_url_are_read_and_printed_without_secrets() {
    let cases = [
        ("postgres://ada:hidden@db.example:6432/docket", "postgres://db.example:6432/docket"),
        ("postgresql://ada:hidden@db.example/docket?sslmode=require", "postgres://db.example:5432/docket"),
        ("sqlite:data/docket.db", "sqlite:data/docket.db"),
        ("sqlite:///var/lib/docket.db", "sqlite:/var/lib/docket.db"),
    ];
    for (text, printed) in cases {
        let url: DatabaseUrl = text.parse().expect("a URL");
        assert_eq!(url.to_string(), printed);
        assert_eq!(format!("{url:?}"), printed);
    }
}

#[test]
fn the_path_of_an_sqlite_file_is_taken_as_it_is() {
    let Ok(DatabaseUrl::Sqlite(path)) = "sqlite:with space/ü.db".parse() else { panic!("an SQLite URL") };
    assert_eq!(path.to_str(), Some("with space/ü.db"));
}

#[test]
fn other_texts_are_refused_without_repeating_them() {
    for text in
        ["", "docket.db", "mysql://ada:hidden@db/docket", "sqlite:", "sqlite:docket.db?mode=rwc", "postgres:hidden"]
    {
        let error = text.parse::<DatabaseUrl>().expect_err(text);
        assert!(!error.to_string().contains("hidden"));
    }
}
