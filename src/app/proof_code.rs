//! The six digits that prove an address: computed from the proof's id and a key, stored nowhere.

use subtle::ConstantTimeEq;

use crate::{
    domain::ids::ProofId,
    vault::{Vault, VaultError},
};

const PURPOSE: &str = "proof_code";
const CODES: u32 = 1_000_000;
/// The largest multiple of a million that fits into 32 bits: draws from here on are thrown away, because a plain
/// remainder would favour the first codes.
const UNBIASED_BELOW: u32 = u32::MAX - u32::MAX % CODES;

/// The code of a proof; the same whenever its mail is sent again.
pub fn proof_code(vault: &Vault, key_id: &str, proof: ProofId) -> Result<String, VaultError> {
    let mut block: u32 = 0;
    loop {
        let token = vault.token_with(key_id, PURPOSE, &[proof.0.as_bytes(), &block.to_be_bytes()])?;
        if let Some(code) = first_unbiased(&token) {
            return Ok(code);
        }
        block = block.wrapping_add(1);
    }
}

fn first_unbiased(bytes: &[u8]) -> Option<String> {
    let (draws, _) = bytes.as_chunks::<4>();
    let draw = draws.iter().map(|draw| u32::from_be_bytes(*draw)).find(|draw| *draw < UNBIASED_BELOW)?;
    Some(format!("{:06}", draw % CODES))
}

/// Whether the typed code is the one of the proof. Blanks do not matter; compares in constant time.
pub(in crate::app) fn matches(
    vault: &Vault,
    key_id: &str,
    proof: ProofId,
    typed: &str,
) -> Result<bool, VaultError> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    Ok(proof_code(vault, key_id, proof)?.as_bytes().ct_eq(typed.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::vault::key_file::KeyPurpose;

    #[test]
    fn a_code_has_six_digits_is_repeatable_and_read_with_blanks() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let key = vault.active_key(KeyPurpose::Token).as_str();
        for n in 0..500 {
            let proof = ProofId(Uuid::from_u128(n));
            let code = proof_code(&vault, key, proof).unwrap();
            assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()));
            assert!(matches(&vault, key, proof, &format!(" {} {}", &code[..3], &code[3..])).unwrap());
            assert!(!matches(&vault, key, proof, &code[1..]).unwrap());
        }
    }

    #[test]
    fn a_draw_that_would_favour_low_codes_is_thrown_away() {
        assert_eq!(first_unbiased(&[255; 32]), None);
        assert_eq!(first_unbiased(&[255, 255, 255, 255, 0, 0, 0, 7]).as_deref(), Some("000007"));
    }
}
