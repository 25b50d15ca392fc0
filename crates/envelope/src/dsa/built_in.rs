//! The domain parameters `po keygen` uses, and how they came about.
//!
//! Each seed is the SHA-256 of the sentence "Countersign DSA domain parameters (L, N), attempt n"
//! for the first n that works; p, q and g follow from it by FIPS 186-4 A.1.1.2 and A.2.3 with
//! SHA-256 and index 1. `scripts/dsa_parameters.py` makes them, and a test derives them again.

use std::sync::LazyLock;

use super::parameters::DsaParameters;
use crate::error::KeyError;
use crate::key::DsaSize;

/// What is published about one set of parameters.
pub(super) struct Published {
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers, and for the test"))]
    pub(super) sentence: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers, and for the test"))]
    pub(super) counter: u32,
    p: &'static str,
    q: &'static str,
    g: &'static str,
}

pub(super) const fn published(size: DsaSize) -> &'static Published {
    match size {
        DsaSize::P2048Q256 => &P2048Q256,
        DsaSize::P3072Q256 => &P3072Q256,
    }
}

/// The parameters of a size.
pub(super) fn parameters(size: DsaSize) -> Result<DsaParameters, KeyError> {
    static SMALL: LazyLock<Result<DsaParameters, KeyError>> =
        LazyLock::new(|| read(published(DsaSize::P2048Q256)));
    static LARGE: LazyLock<Result<DsaParameters, KeyError>> =
        LazyLock::new(|| read(published(DsaSize::P3072Q256)));
    match size {
        DsaSize::P2048Q256 => SMALL.clone(),
        DsaSize::P3072Q256 => LARGE.clone(),
    }
}

/// Whether these are parameters of ours, whose making is public.
pub(super) fn contains(parameters: &DsaParameters) -> bool {
    [DsaSize::P2048Q256, DsaSize::P3072Q256]
        .into_iter()
        .any(|size| self::parameters(size).as_ref() == Ok(parameters))
}

fn read(published: &Published) -> Result<DsaParameters, KeyError> {
    let number = |digits| hex::decode(digits).map_err(|_| KeyError::Unsupported);
    DsaParameters::new(
        &number(published.p)?,
        &number(published.q)?,
        &number(published.g)?,
    )
}

const P2048Q256: Published = Published {
    sentence: "Countersign DSA domain parameters (2048, 256), attempt 36",
    counter: 194,
    p: "cb7c5897f79808c4e9047981c23fba8bb06e32e2113df371db59b53c891a63a37ac5b44f5de57b55\
         34b246a36b39baacd74f667241cdd1392075adf181468c7ea285088fb309c1da57eede450812a476\
         8cfb60df80459a0dd63f39269dceaa49fa1d2e282f0493fc4211356925735c71a3ab14be57bc5d27\
         b9068e058ac3c8aed65efe5783114efb34862a4bd8de19b8c5e175a5ffeb2963492d2214e1402738\
         cfdd170fafb9aea64d56f20a5975a79d682c248162ddf5f29f3c553fdd4085e692fca701766d8faf\
         f813517e729d779e619f6f098b577f5ddd44ee8794ef67a75fbc041ac4f0955b223243323f6e9688\
         827e6c9bc4ff1a757c99e66404082e7f",
    q: "9dc04493b624083a8f9e9f9e00925d4b39d12b7191a3de794c9e226490214a6d",
    g: "74188ac09f7372b73c857459e5dd70bb0432cd20ada18995b7eddec191ec53be84a991f0f1c961b5\
         c5cc1ba92194f1df3854a2c0399be023ff6793de433426e1aea1724feac6ab2aaa560fb2b439385d\
         740f1c25cb8a5166d47eb422cb5ddcf21a4c37c542b8c9e2a7958f6d80df535bc261b8b2aa8f9bd7\
         90dc8411c9ff39601c863b93a11c68f6a3be3a6714bdf2a8bfa75b1f2a0a264aca28cc3c1ae7333c\
         0088d9cdae84ae66a30120f95fafb8103d8e001c2935c92b2589fdc9e347a44263775a54c1adfd47\
         20671bcd0931138eb99c1422fa168e58e6ae8badf005d203eff2f2e82a381576f23706e85244a41c\
         3ae5f5fad70312192930371db7fe4cc9",
};

const P3072Q256: Published = Published {
    sentence: "Countersign DSA domain parameters (3072, 256), attempt 23",
    counter: 5866,
    p: "c41287c73574a2431b3a94e44663bab37513ceb9f1bf51e36f6f47e7a13cd7dcc5b336f67a53ade4\
         c9a2798f10d004237f184c9ca801261cf922cbd4650ffae531820f08a0c3bc8bcb94cda17e9f2c64\
         373f1133e19fdbe256d55dcefd13e01c1dfedb79868182e1c7840e465048afcee5b0cdfe65214fa5\
         b0a3b1c818b1398fee84c8b52a4da79a51f44f7e55a167cb7171e58964bf35ac3fd5fc70677cf35a\
         5fe8abe27f47af2b3bd135b0d7bb120838ba7928e9a4c8732dec181b876c811295aca0501310d289\
         5ee037c57cde4cdf2f6579d1bb652696d490cd1ea872ccfec678297ca8f636ab8f1e11831a38992b\
         b81464c42ed9f0c72fc285a0dc9a00e7648acb5e9f1a92fbab27ed03eb406cb13b1a7d6f064a682b\
         df244bc74ecb108cd04d6d348491eb9c9c91c45f2735ef2ec4f745ff8ecc99aaee5ab2b41c10c1e6\
         76e419dd5d5e7fe2100095dada00aef5fdd0fe32894d1b2e1dc06daad281003f8f512b8bc9243449\
         0e515e1f2753e1ac1179694e7d1399d582ccd63c6fc3f919",
    q: "df708c44f2cece9e3912c823944edfd3e63d3ef70f56e02cdfa72faa1c222089",
    g: "65201304672163507d807f4250e4284f8f13ef605abc48d22680106493fb641aaa2e9f99df792d67\
         6cb383dac5e44e9d0b42fcb5bd4c949e74ee5c130ec48ed43a3eea30c994ebd7bba7b26cdebdbfe4\
         68e46f90f9676c6e49a1115c83743c5a28ed9435befd3f3aa3d542b5859fe291eb440ea6a754b68b\
         1bb0b2babe326dd1ca12f8deb3e27f137f5f4ba31db7f97d967830e93bf6083030e1b7a90bda4c71\
         1190e0c19241c53d33dd115f0ec310ae2d8a3ec366b8cad13f71d08f5be3599e419da7bb70f8b698\
         fa2357b31a5fb95aab268738bbf2b06b8aed35935042b5586c21933c69376bb3681cdd4ddfd77293\
         9ea6f5a3cb6db5ee395c22b66c8119556b0adeeed94f52c038068beb9395a73601f800a61ff28ad9\
         7adc23c757839372f6352b6584c9c1676468dbe758e3d947583d0f7066666c9b237a0f638ba06743\
         8d91a1ceeac16efafede5488d0e1ced29fdfa5a3514b932b16617c3cce01faf395eb5501abc390b2\
         2e2c0488754f0db43968e58bc9595c5470e538756ace8072",
};
