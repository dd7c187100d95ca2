//! Our programs beside somebody else's bytecode (or beside our own rules run natively): same input, same answer.

mod pair;
