//! The story the demonstration tells.

use anyhow::Result;

use super::scene::Scene;

/// Tells it from an empty folder to a verified receipt.
pub(super) fn tell(scene: &mut Scene) -> Result<()> {
    open_the_shop(scene)
}

fn open_the_shop(scene: &mut Scene) -> Result<()> {
    scene.tell(
        "A shop",
        "Its keys, its certificates, its stock; then it opens.",
    );
    scene.write("passphrase", "a long passphrase for the keys\n")?;
    scene.run("opd init --origin shop.example --host 127.0.0.1 --passphrase-file passphrase")?;
    Ok(())
}
