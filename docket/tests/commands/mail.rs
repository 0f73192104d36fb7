//! `docket mail`.

use crate::program::{docket, run};

#[test]
fn a_test_mail_goes_where_mails_go() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(docket(["mail", "test", "ada@example.org", "--data-dir"]).arg(folder.path()));
    let mails = folder.path().join("mail");
    assert_eq!(done.stdout, format!("the mail went to files in {}\n", mails.display()), "{}", done.stderr);
    let files: Vec<_> = std::fs::read_dir(mails).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let mail = std::fs::read_to_string(&files[0]).unwrap();
    assert!(mail.contains("From: Docket <docket@localhost>\r\n") && mail.contains("To: ada@example.org\r\n"), "{mail}");
}

#[test]
fn a_mail_server_that_is_away_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let url = "smtp://ada:secret@127.0.0.1:9?tls=none";
    for (url, said) in
        [(url, "cannot speak with the mail server: "), ("smtp://ada@host", "--smtp-url <URL>: expected both")]
    {
        let command = ["mail", "test", "ada@example.org", "--smtp-url", url, "--data-dir"];
        let done = run(docket(command).arg(folder.path()));
        assert_eq!((done.code, done.stderr.lines().count()), (Some(2), 1), "{}", done.stderr);
        assert!(done.stderr.contains(said) && !done.stderr.contains("secret"), "{}", done.stderr);
    }
    let done = run(docket(["mail", "test", "nobody", "--data-dir"]).arg(folder.path()));
    assert!(done.stderr.contains("must be an email address"), "{}", done.stderr);
}
