;; Adds one to the word in slot 0 and returns it. A contract in Rust compiles to the same imports.
(module
  (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
  (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
  (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
  (import "vm_hooks" "write_result" (func $return (param i32 i32)))
  (memory (export "memory") 1 1)
  (func $count (export "user_entrypoint") (param i32) (result i32)
    (call $load (i32.const 0) (i32.const 32))      ;; slot 0, its value to address 32
    (i32.store8 (i32.const 63)                     ;; words are big-endian: the last byte counts up to 255
      (i32.add (i32.load8_u (i32.const 63)) (i32.const 1)))
    (call $store (i32.const 0) (i32.const 32))
    (call $flush (i32.const 0))
    (call $return (i32.const 32) (i32.const 32))
    (i32.const 0)))
