//! Compiled programs on disk: what is loaded, what is never trusted, and that no trouble with it fails a call.
#![cfg(unix)]

mod world;

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use mintage_vm::{
    ArbosVersion, Compilation, DiskCacheOptions, EngineOptions, StylusEngine,
    engine::{DiskCacheProblem, DiskStats},
};
use revm::primitives::Bytes;
use world::*;

fn engine(folder: &Path, compilation: Compilation, max_bytes: u64) -> StylusEngine {
    StylusEngine::with_options(EngineOptions {
        compilation,
        disk_cache: Some(DiskCacheOptions {
            folder: folder.to_owned(),
            max_bytes,
        }),
        ..EngineOptions::default()
    })
}

/// A program that returns this number, and some data so that its file has a size.
fn numbered(number: u8) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (memory (export "memory") 1 1)
            (data (i32.const 64) "program {number}")
            (func (export "user_entrypoint") (param $len i32) (result i32)
                (i32.store8 (i32.const 0) (i32.const {number}))
                (call $write_result (i32.const 0) (i32.const 1))
                (i32.const 0)))"#
    );
    wat::parse_str(text).expect("valid text")
}

/// What programs return when a fresh engine with this folder runs them, and what its cache did.
fn run_all(folder: &Path, compilation: Compilation, max_bytes: u64, numbers: &[u8]) -> DiskStats {
    let mut world = World::with_engine(ArbosVersion::default(), engine(folder, compilation, max_bytes));
    for number in numbers {
        let program = world.program_of(&numbered(*number));
        let result = world.call(program, vec![]);
        assert_eq!(result.output(), Some(&Bytes::from(vec![*number])), "{result:?}");
    }
    world.evm.engine().stats().disk.expect("the engine has a cache")
}

const WINCH: Compilation = Compilation::Winch;
const MAX: u64 = DiskCacheOptions::DEFAULT_MAX_BYTES;

fn run(folder: &Path) -> DiskStats {
    run_all(folder, WINCH, MAX, &[7])
}

fn stats(loaded: u64, written: u64, refused: u64) -> DiskStats {
    DiskStats {
        loaded,
        written,
        refused,
        problem: None,
    }
}

/// An empty folder that nobody else may write to, and the folder around it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().expect("a temporary folder");
    let folder = outer.path().join("cache");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    (outer, folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn only_file(folder: &Path) -> PathBuf {
    let files = files(folder);
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn test_a_second_process_loads_what_the_first_compiled() {
    for compilation in [Compilation::Winch, Compilation::Cranelift, Compilation::Tiered] {
        let (_outer, folder) = place();
        assert_eq!(run_all(&folder, compilation, MAX, &[1, 2]), stats(0, 2, 0));
        assert_eq!(run_all(&folder, compilation, MAX, &[1, 2]), stats(2, 0, 0));
        assert_eq!(files(&folder).len(), 2);
    }
}

#[test]
fn test_better_code_on_disk_is_taken_at_once() {
    let (_outer, folder) = place();
    run_all(&folder, Compilation::Cranelift, MAX, &[1]);
    let engine = engine(&folder, Compilation::Tiered, MAX);
    let mut world = World::with_engine(ArbosVersion::default(), engine);
    let program = world.program_of(&numbered(1));
    for _ in 0..300 {
        assert!(world.call(program, vec![]).is_success());
    }
    let stats = world.evm.engine().stats();
    assert_eq!((stats.compiled_by_winch, stats.compiled_by_cranelift), (0, 0));
    assert_eq!(stats.disk.unwrap().loaded, 1);
}

#[test]
fn test_the_folder_is_made_for_its_owner_alone() {
    let (_outer, folder) = place();
    let deeper = folder.join("a/b");
    assert_eq!(run(&deeper), stats(0, 1, 0));
    assert_eq!(fs::metadata(&deeper).unwrap().permissions().mode() & 0o777, 0o700);
    let file = only_file(&deeper);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn test_damaged_files_are_found_and_made_anew() {
    let (_outer, folder) = place();
    run(&folder);
    let file = only_file(&folder);
    let whole = fs::read(&file).unwrap();
    let mut damaged: Vec<Vec<u8>> = Vec::new();
    // Every byte of a small file is covered where the form is tested; here code that would really be executed.
    for at in (0..whole.len())
        .step_by(whole.len() / 12)
        .chain([whole.len() - 1])
    {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        damaged.push(bytes);
        damaged.push(whole[..at].to_vec());
    }
    damaged.push([&whole[..], b"more"].concat());
    damaged.push(vec![0; whole.len()]);
    for bytes in damaged {
        fs::write(&file, bytes).unwrap();
        assert_eq!(run(&folder), stats(0, 1, 1));
        assert_eq!(fs::read(only_file(&folder)).unwrap(), whole);
    }
    assert_eq!(run(&folder), stats(1, 0, 0));
}

#[test]
fn test_a_file_made_for_something_else_is_not_used() {
    let (_outer, folder) = place();
    run_all(&folder, WINCH, MAX, &[7]);
    let mine = only_file(&folder);
    run_all(&folder, WINCH, MAX, &[8]);
    let other = files(&folder).into_iter().find(|file| *file != mine).unwrap();
    fs::copy(&other, &mine).unwrap();
    assert_eq!(run(&folder), stats(0, 1, 1));

    // The same program by the other compiler, put where this one's is looked for.
    let (_elsewhere, second) = place();
    run_all(&second, Compilation::Cranelift, MAX, &[7]);
    fs::copy(only_file(&second), &mine).unwrap();
    assert_eq!(run(&folder), stats(0, 1, 1));
}

#[test]
fn test_files_that_others_could_have_written_are_not_used() {
    let (_outer, folder) = place();
    run(&folder);
    let file = only_file(&folder);
    for mode in [0o602, 0o620, 0o666] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        assert_eq!(run(&folder), stats(0, 1, 1), "{mode:o}");
    }
    // As root a file can be given away.
    if chown(&file, Some(12_345), None).is_ok() {
        assert_eq!(run(&folder), stats(0, 1, 1));
    }
    // A link, even to a file that would do.
    let kept = folder.join("kept");
    fs::rename(&file, &kept).unwrap();
    symlink(&kept, &file).unwrap();
    assert_eq!(run(&folder), stats(0, 1, 1));
    assert!(
        fs::symlink_metadata(&file).unwrap().is_file(),
        "replaced by a file"
    );
    assert!(kept.exists(), "what is not a cached program is left alone");
}

#[test]
fn test_a_folder_that_others_may_write_to_is_not_used() {
    for mode in [0o777, 0o770, 0o702, 0o1777] {
        let (_outer, folder) = place();
        fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        let problem = DiskCacheProblem::Shared {
            folder: folder.clone(),
            mode,
        };
        assert_eq!(run(&folder).problem, Some(problem));
        assert!(files(&folder).is_empty());
    }
    let (_outer, folder) = place();
    // As root a folder can be given away.
    if chown(&folder, Some(12_345), None).is_ok() {
        let problem = DiskCacheProblem::ForeignOwner {
            folder: folder.clone(),
            owner: 12_345,
        };
        assert_eq!(run(&folder).problem, Some(problem));
        assert!(files(&folder).is_empty());
    }
}

#[test]
fn test_a_link_or_a_file_is_no_folder() {
    let (outer, folder) = place();
    let link = outer.path().join("link");
    symlink(&folder, &link).unwrap();
    let problem = |folder| Some(DiskCacheProblem::NoFolder { folder });
    assert_eq!(run(&link).problem, problem(link.clone()));
    assert!(files(&folder).is_empty());
    let file = outer.path().join("file");
    fs::write(&file, "text").unwrap();
    assert_eq!(run(&file).problem, problem(file.clone()));
}

#[test]
fn test_programs_run_where_nothing_can_be_written() {
    let (outer, folder) = place();
    let file = outer.path().join("file");
    fs::write(&file, "text").unwrap();
    // Below a file no folder can be made; in /proc no file, not even by root.
    for impossible in [file.join("cache"), PathBuf::from("/proc")] {
        let found = run_all(&impossible, WINCH, MAX, &[1, 2]);
        assert_eq!((found.loaded, found.written, found.refused), (0, 0, 0));
        if impossible != Path::new("/proc") || impossible.exists() {
            assert!(
                matches!(&found.problem, Some(DiskCacheProblem::Unusable { folder, .. }) if *folder == impossible),
                "{found:?}"
            );
        }
    }
    // The file's name is taken by a folder: writing it fails at the last step, as on a full disk.
    run(&folder);
    let name = only_file(&folder);
    fs::remove_file(&name).unwrap();
    fs::create_dir(&name).unwrap();
    fs::write(name.join("inside"), "text").unwrap();
    let found = run(&folder);
    assert!(
        matches!(found.problem, Some(DiskCacheProblem::Write { .. })),
        "{found:?}"
    );
    assert_eq!((found.loaded, found.written), (0, 0));
    assert_eq!(files(&folder), [name], "nothing unfinished is left");
}

#[test]
fn test_the_bound_holds_and_what_is_used_stays() {
    let (_outer, folder) = place();
    run_all(&folder, WINCH, MAX, &[1]);
    let first = only_file(&folder);
    let one = fs::metadata(&first).unwrap().len();
    let bound = 3 * one + one / 2;
    for number in 2..12 {
        // Number 1 is used each time, so that it is never the one not used for longest.
        std::thread::sleep(std::time::Duration::from_millis(5));
        let found = run_all(&folder, WINCH, bound, &[1, number]);
        assert_eq!((found.loaded, found.written), (1, 1), "number {number}");
        let total: u64 = files(&folder)
            .iter()
            .map(|file| fs::metadata(file).unwrap().len())
            .sum();
        assert!(total <= bound, "{total} > {bound}");
    }
    assert!(first.exists());
    assert_eq!(files(&folder).len(), 3);
    // A file larger than the bound is not written at all.
    let (_outer, small) = place();
    assert_eq!(run_all(&small, WINCH, one - 1, &[1]), stats(0, 0, 0));
}

#[test]
fn test_unfinished_files_of_dead_processes_go_and_strangers_stay() {
    let (_outer, folder) = place();
    let (old, young, notes) = (
        folder.join("writing-1-1"),
        folder.join("writing-1-2"),
        folder.join("notes.txt"),
    );
    for file in [&old, &young, &notes] {
        fs::write(file, "text").unwrap();
    }
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
    fs::File::open(&old).unwrap().set_modified(long_ago).unwrap();
    fs::File::open(&notes).unwrap().set_modified(long_ago).unwrap();
    run(&folder);
    assert!(!old.exists() && young.exists() && notes.exists());
}

/// Not a test of its own: what [`test_processes_share_a_folder`] starts several times.
#[test]
fn helper_process_of_the_shared_folder() {
    let Some(folder) = std::env::var_os("MINTAGE_TEST_SHARED_FOLDER") else {
        return;
    };
    let folder = PathBuf::from(folder);
    let bound: u64 = std::env::var("MINTAGE_TEST_BOUND").unwrap().parse().unwrap();
    for round in 0..6 {
        let numbers: Vec<u8> = (0..8).map(|number| (number + round) % 8).collect();
        let found = run_all(&folder, WINCH, bound, &numbers);
        assert_eq!((found.refused, found.problem), (0, None));
    }
}

#[test]
fn test_processes_share_a_folder() {
    let (_outer, folder) = place();
    run_all(&folder, WINCH, MAX, &[0]);
    let one = fs::metadata(only_file(&folder)).unwrap().len();
    // With room for five of eight programs, processes write, read and drop each other's files all the time.
    let bound = 5 * one + one / 2;
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "helper_process_of_the_shared_folder", "--nocapture"])
            .env("MINTAGE_TEST_SHARED_FOLDER", &folder)
            .env("MINTAGE_TEST_BOUND", bound.to_string())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the test starts itself")
    };
    let processes: Vec<_> = (0..4).map(|_| start()).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    // What is left is whole: everything that is there loads.
    let found = run_all(&folder, WINCH, MAX, &[0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!((found.refused, found.loaded + found.written), (0, 8));
    assert!(
        files(&folder)
            .iter()
            .all(|file| fs::metadata(file).unwrap().len() > 100)
    );
}
