//! Reading what a terminal does not show. However that ends, Ctrl-C included, the terminal shows again
//! what is typed.

use std::io::{self, Read};

use rpassword::{ConfigBuilder, read_password_with_config};
use rustix::io::retry_on_intr;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// What Ctrl-C types where it sends no signal.
const CTRL_C: u8 = 0x03;

/// Asks, and reads a line from the terminal that standard input is. An error of the kind
/// [`io::ErrorKind::Interrupted`] says that the person pressed Ctrl-C.
pub(crate) fn read_line(ask: impl FnOnce()) -> io::Result<Zeroizing<String>> {
    let hiding = Hiding::begin()?;
    ask();
    let config = ConfigBuilder::new()
        .input_reader(Keys)
        .output_discard()
        .build();
    let line = read_password_with_config(config).map(Zeroizing::new);
    drop(hiding);
    line
}

/// While this lives the terminal shows nothing, and Ctrl-C is a key like others: as a signal it would
/// end the program before the terminal is as it was.
struct Hiding(Termios);

impl Hiding {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes &=
            !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Now, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for Hiding {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _restored = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// The keys as they are pressed.
struct Keys;

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = retry_on_intr(|| rustix::io::read(io::stdin(), &mut *buffer))?;
        if buffer.iter().take(count).any(|&key| key == CTRL_C) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(count)
    }
}
