//! A certificate with its key in a token: a smart card, an HSM, or a module that behaves like one.
//!
//! Each signature opens a session of its own, so that a token that was away for a while is found again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectClass},
    session::{Session, UserType},
};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::{
    CertificateChain,
    certificate::Scheme,
    cms,
    signer::{KeySigner, OpenFault, PdfSigner, SignerFailure, SigningKey},
};

const MODULE: &str = "pkcs11_module";
const TOKEN: &str = "pkcs11_token";
const PIN: &str = "pin";

/// A module is loaded and initialised once in a process, whatever number of offices have tokens behind it.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// Finds the one key of the token that has a certificate, and tries it.
pub fn open_token(module: &Path, token: &str, pin: &SecretString) -> Result<Arc<dyn PdfSigner>, OpenFault> {
    let context =
        loaded(module).map_err(|error| OpenFault::new(MODULE, format!("{}: {error}", module.display())))?;
    let mut place = Place { context, token: token.to_owned(), pin: pin.clone(), key: Vec::new() };
    let at_fault = |error: Error| match error {
        Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinLocked, _) => {
            OpenFault::new(PIN, format!("is refused by the token {token}"))
        }
        other => OpenFault::new(TOKEN, format!("{token}: {other}")),
    };
    let session = place
        .session()
        .map_err(at_fault)?
        .ok_or_else(|| OpenFault::new(TOKEN, format!("there is no token with the label {token}")))?;
    let keys = ids(&session, ObjectClass::PRIVATE_KEY).map_err(at_fault)?;
    let certificates = certificates(&session).map_err(at_fault)?;
    let own: Vec<&Held> = certificates.iter().filter(|held| keys.contains(&held.id)).collect();
    let [Held { id, der: leaf }] = own.as_slice() else {
        let count = own.len();
        return Err(OpenFault::new(
            TOKEN,
            format!("{token} holds {count} certificates with their key, not one"),
        ));
    };
    let others: Vec<&[u8]> = certificates.iter().map(|held| held.der.as_slice()).collect();
    let chain = CertificateChain::from_der(leaf, &others)
        .map_err(|fault| OpenFault::new(TOKEN, format!("{token}: {fault}")))?;
    place.key.clone_from(id);
    let key = TokenKey { place: Arc::new(place), scheme: chain.scheme() };
    let tried = key.place.signature(chain.scheme(), b"Aktivasi");
    if !tried.is_ok_and(|made| cms::verify_bytes(&chain, b"Aktivasi", &made).is_ok()) {
        return Err(OpenFault::new(TOKEN, format!("the key of {token} does not sign for its certificate")));
    }
    Ok(Arc::new(KeySigner::new(chain, key)))
}

fn loaded(module: &Path) -> Result<Pkcs11, Error> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = modules.get(module) {
        return Ok(known.clone());
    }
    let context = Pkcs11::new(module)?;
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    modules.insert(module.to_owned(), context.clone());
    Ok(context)
}

struct TokenKey {
    place: Arc<Place>,
    scheme: Scheme,
}

/// Where the key is.
struct Place {
    context: Pkcs11,
    token: String,
    pin: SecretString,
    /// The `CKA_ID` of key and certificate.
    key: Vec<u8>,
}

impl Place {
    /// `None` when the token is not there.
    fn session(&self) -> Result<Option<Session>, Error> {
        for slot in self.context.get_slots_with_initialized_token()? {
            if self.context.get_token_info(slot)?.label() == self.token {
                let session = self.context.open_ro_session(slot)?;
                // A log-in holds for all sessions of a process: another signature may have it.
                match session.login(UserType::User, Some(&self.pin)) {
                    Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
                    Err(error) => return Err(error),
                }
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    fn signature(&self, scheme: Scheme, bytes: &[u8]) -> Result<Vec<u8>, SignerFailure> {
        let failed = |error: Error| match error {
            // Tried again, a wrong PIN locks the token.
            Error::Pkcs11(
                RvError::PinIncorrect | RvError::PinLenRange | RvError::PinLocked | RvError::PinExpired,
                _,
            ) => SignerFailure::Refused(error.to_string()),
            other => SignerFailure::Away(other.to_string()),
        };
        let away = |what: &str| SignerFailure::Away(what.to_owned());
        let session = self.session().map_err(failed)?.ok_or_else(|| away("the token is not there"))?;
        let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(self.key.clone())];
        let keys = session.find_objects(&wanted).map_err(failed)?;
        let key = keys.first().ok_or_else(|| away("the token has lost its key"))?;
        match scheme {
            Scheme::Rsa => session.sign(&Mechanism::Sha256RsaPkcs, *key, bytes).map_err(failed),
            Scheme::EcdsaP256 | Scheme::EcdsaP384 => {
                let made = session.sign(&Mechanism::Ecdsa, *key, &Sha256::digest(bytes)).map_err(failed)?;
                encoded(scheme, &made)
                    .ok_or_else(|| away("the token answered something else than a signature"))
            }
        }
    }
}

/// A token answers the two numbers of an ECDSA signature side by side; a CMS wants them in DER.
fn encoded(scheme: Scheme, numbers: &[u8]) -> Option<Vec<u8>> {
    match scheme {
        Scheme::EcdsaP256 => {
            Some(p256::ecdsa::Signature::from_slice(numbers).ok()?.to_der().as_bytes().to_vec())
        }
        Scheme::EcdsaP384 => {
            Some(p384::ecdsa::Signature::from_slice(numbers).ok()?.to_der().as_bytes().to_vec())
        }
        Scheme::Rsa => Some(numbers.to_vec()),
    }
}

fn ids(session: &Session, class: ObjectClass) -> Result<Vec<Vec<u8>>, Error> {
    let mut found = Vec::new();
    for object in session.find_objects(&[Attribute::Class(class)])? {
        for attribute in session.get_attributes(object, &[AttributeType::Id])? {
            if let Attribute::Id(id) = attribute {
                found.push(id);
            }
        }
    }
    Ok(found)
}

/// A certificate in a token.
struct Held {
    /// The `CKA_ID`, which its key has too.
    id: Vec<u8>,
    der: Vec<u8>,
}

fn certificates(session: &Session) -> Result<Vec<Held>, Error> {
    let mut found = Vec::new();
    for object in session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)])? {
        let attributes = session.get_attributes(object, &[AttributeType::Id, AttributeType::Value])?;
        let mut held = Held { id: Vec::new(), der: Vec::new() };
        for attribute in attributes {
            match attribute {
                Attribute::Id(bytes) => held.id = bytes,
                Attribute::Value(bytes) => held.der = bytes,
                _ => {}
            }
        }
        found.push(held);
    }
    Ok(found)
}

#[async_trait]
impl SigningKey for TokenKey {
    async fn sign(&self, bytes: Vec<u8>) -> Result<Vec<u8>, SignerFailure> {
        let (place, scheme) = (Arc::clone(&self.place), self.scheme);
        tokio::task::spawn_blocking(move || place.signature(scheme, &bytes))
            .await
            .map_err(|_| SignerFailure::Away("the module panicked".to_owned()))?
    }
}
