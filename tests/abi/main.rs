//! Every built program against its interface in `contracts/interfaces`, in both directions.

