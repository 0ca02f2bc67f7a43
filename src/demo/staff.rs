//! The accounts of the demonstration, with random passwords that are made once.

use std::{fmt::Write as _, fs, path::Path};

use chrono::Days;
use secrecy::{ExposeSecret, SecretString};

use super::write_private;
use crate::{
    admin::Failure,
    app::{
        Office,
        desk::Desk,
        notices,
        staff_accounts::{self, NewAccount},
    },
    domain::names::{Role, Scope},
};

/// An office of the demonstration: one in each time zone. The address stands in where the list has none.
pub(super) struct DemoOffice {
    pub(super) code: &'static str,
    pub(super) address: &'static str,
    pub(super) phone: &'static str,
}

pub(super) const OFFICES: [DemoOffice; 3] = [
    DemoOffice { code: "031", address: "Jalan Contoh Nomor 31, Jakarta Barat 11410", phone: "(021) 5550031" },
    DemoOffice { code: "904", address: "Jalan Contoh Nomor 4, Denpasar 80239", phone: "(0361) 555904" },
    DemoOffice { code: "952", address: "Jalan Contoh Nomor 52, Jayapura 99112", phone: "(0967) 555952" },
];

/// Who can sign in, with the password.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) username: String,
    pub(super) password: SecretString,
}

struct Position {
    username: String,
    name: String,
    office: Option<&'static str>,
    role: Role,
    scope: Scope,
}

/// Makes the accounts that are missing. The file is written before an account is made, so that a crash in between
/// loses no password; an account that is there keeps its password.
pub(super) async fn make(office: &Office, file: &Path) -> Result<(), Failure> {
    let mut logins = if file.exists() { read(file)? } else { Vec::new() };
    for (index, position) in positions().into_iter().enumerate() {
        if staff_accounts::exists(office, &position.username).await? {
            continue;
        }
        let known = logins.iter().find(|login| login.username == position.username).cloned();
        let login = if let Some(login) = known {
            login
        } else {
            let password = staff_accounts::random_password(office);
            let login = Login { username: position.username.clone(), password };
            logins.push(login.clone());
            write(file, &logins)?;
            login
        };
        add(office, &position, index, &login.password).await?;
    }
    Ok(())
}

async fn add(
    office: &Office,
    position: &Position,
    index: usize,
    password: &SecretString,
) -> Result<(), Failure> {
    let code = position.office.and_then(|code| code.parse().ok());
    let account = NewAccount {
        username: position.username.clone(),
        name: position.name.clone(),
        nip: format!("19900101201501{:04}", index + 1),
        office: code,
        kanwil: None,
        roles: vec![(position.role, position.scope)],
        demo: true,
    };
    staff_accounts::add(office, Desk::Console, &account, password).await?;
    let address = format!("{}@kpp.example", position.username).parse().ok();
    notices::set_address(office, Desk::Console, position.username.as_str(), address.as_ref()).await?;
    decree(office, position).await
}

/// A special officer works with a decree only. It is in force since yesterday by UTC: today everywhere.
async fn decree(office: &Office, position: &Position) -> Result<(), Failure> {
    let (Role::SpecialOfficer, Some(code)) = (position.role, position.office) else { return Ok(()) };
    let today = office.now().date_naive();
    let since = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    let number = format!("KEP-1/KPP.{code}/DEMO");
    Ok(staff_accounts::record_decree(office, &position.username, &number, since, since).await?)
}

fn positions() -> Vec<Position> {
    let mut positions = Vec::new();
    for DemoOffice { code, .. } in OFFICES {
        for (short, title, role) in [
            ("tpt", "Petugas TPT", Role::Counter),
            ("khusus", "Petugas Khusus", Role::SpecialOfficer),
            ("kasi", "Kepala Seksi Pelayanan", Role::SectionHead),
        ] {
            positions.push(Position {
                username: format!("{short}.{code}"),
                name: format!("{title} {code} (Demo)"),
                office: Some(code),
                role,
                scope: Scope::Office,
            });
        }
    }
    for (username, name, role) in [
        ("pengawas", "Pengawas Nasional (Demo)", Role::Supervisor),
        ("operator", "Operator (Demo)", Role::Operator),
        // Who drafts a version of the wording does not approve it.
        ("operator2", "Operator Kedua (Demo)", Role::Operator),
    ] {
        let (username, name) = (username.to_owned(), name.to_owned());
        positions.push(Position { username, name, office: None, role, scope: Scope::National });
    }
    positions
}

/// Reads the log-ins back.
pub(super) fn read(file: &Path) -> Result<Vec<Login>, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(username, password)| Login {
            username: username.to_owned(),
            password: SecretString::from(password.to_owned()),
        })
        .collect())
}

fn write(file: &Path, logins: &[Login]) -> Result<(), Failure> {
    let mut text = "# Log-ins of the demonstration: user name, tab, password.\n".to_owned();
    for login in logins {
        let _ = writeln!(text, "{}\t{}", login.username, login.password.expose_secret());
    }
    write_private(file, &text)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_ins_are_read_back_as_they_were_written_and_only_their_owner_reads_them() {
        use std::os::unix::fs::PermissionsExt;
        let file = std::env::temp_dir().join(format!("demo-staff-{}.txt", uuid::Uuid::now_v7()));
        let logins = [("kasi.031", "ABCDEFGH"), ("tpt.031", "23456789")].map(|(name, word)| Login {
            username: name.to_owned(),
            password: SecretString::from(word.to_owned()),
        });

        write(&file, &logins).unwrap();

        let back = read(&file).unwrap();
        assert_eq!(back.len(), 2);
        assert_eq!(back[1].username, "tpt.031");
        assert_eq!(back[1].password.expose_secret(), "23456789");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(file).unwrap();
    }
}
