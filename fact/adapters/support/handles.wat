;; The handle tables of all component instances, what is lent out, and how many borrows each task holds.
;;
;; CanonicalABI.md: "Table State", "Resource State", "Subtask State" (lenders), "Tasks" (num_borrows). A table has the
;; number of its component instance, a resource type its number in the plan. Indices are handed out as Table does:
;; 0 never, what was freed last first. Nothing here traps: a function says how it went, by its first result:
;;   0 well      1 no such handle      2 of another resource type      3 lent      4 a borrow, not owned
;; One instance serves a whole store. Calls are nested, never interleaved, so that one stack serves all of them.
(module
  ;; 16 bytes a table: where its entry 0 is; the last index handed out so far; the entries there is room for;
  ;; the index freed last (0: none)
  (memory $tables (export "tables") 1)
  ;; 16 bytes a handle: resource type + 1 (0: free); representation (of a free one: the index freed before it);
  ;; how often it is lent; of a borrow its scope, of an owned handle 0
  (memory $entries (export "entries") 1)
  ;; words: the count of a scope, whose address is the scope, and indices of handles that are lent
  (memory $stack (export "stack") 1)
  ;; words: representations that have been lifted from memory and not yet lowered, first come, first served
  (memory $queue 1)

  ;; Table.MAX_LENGTH
  (global $limit (export "limit") (mut i32) (i32.const 0x0fffffff))
  (global $entries_end (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 4))
  (global $scope (mut i32) (i32.const 0))
  (global $queue_first (mut i32) (i32.const 0))
  (global $queue_end (mut i32) (i32.const 0))

  ;; -- tables

  ;; where the entry is, 0 if there is none
  (func $get (export "get") (param $table i32) (param $index i32) (result i32)
    (local $entry i32)
    (if (i32.ge_u (local.get $table) (i32.shl (memory.size $tables) (i32.const 12))) (then (return (i32.const 0))))
    (local.set $table (i32.shl (local.get $table) (i32.const 4)))
    (if (i32.ge_u (i32.sub (local.get $index) (i32.const 1)) (i32.load $tables offset=4 (local.get $table)))
      (then (return (i32.const 0))))
    (local.set $entry (i32.add (i32.load $tables (local.get $table)) (i32.shl (local.get $index) (i32.const 4))))
    (select (local.get $entry) (i32.const 0) (i32.load $entries (local.get $entry))))

  ;; the index of a new handle, 0 if there is no room; $scope 0: owned
  (func $add (export "add") (param $table i32) (param $resource i32) (param $rep i32) (param $scope i32) (result i32)
    (local $index i32) (local $entry i32)
    (if (i32.eqz (call $reach (local.get $table))) (then (return (i32.const 0))))
    (local.set $table (i32.shl (local.get $table) (i32.const 4)))
    (local.set $index (i32.load $tables offset=12 (local.get $table)))
    (if (local.get $index)
      (then
        (local.set $entry (i32.add (i32.load $tables (local.get $table)) (i32.shl (local.get $index) (i32.const 4))))
        (i32.store $tables offset=12 (local.get $table) (i32.load $entries offset=4 (local.get $entry))))
      (else
        (local.set $index (i32.add (i32.load $tables offset=4 (local.get $table)) (i32.const 1)))
        (if (i32.gt_u (local.get $index) (global.get $limit)) (then (return (i32.const 0))))
        (if (i32.ge_u (local.get $index) (i32.load $tables offset=8 (local.get $table)))
          (then (if (i32.eqz (call $grow (local.get $table))) (then (return (i32.const 0))))))
        (i32.store $tables offset=4 (local.get $table) (local.get $index))
        (local.set $entry (i32.add (i32.load $tables (local.get $table)) (i32.shl (local.get $index) (i32.const 4))))))
    (i32.store $entries (local.get $entry) (i32.add (local.get $resource) (i32.const 1)))
    (i32.store $entries offset=4 (local.get $entry) (local.get $rep))
    (i32.store $entries offset=8 (local.get $entry) (i32.const 0))
    (i32.store $entries offset=12 (local.get $entry) (local.get $scope))
    (local.get $index))

  ;; takes a handle out, for lift_own and resource.drop: how it went, and the representation.
  ;; A borrow no longer counts in its scope.
  (func (export "remove") (param $table i32) (param $index i32) (param $resource i32) (result i32 i32)
    (local $entry i32) (local $rep i32) (local $scope i32)
    (local.set $entry (call $get (local.get $table) (local.get $index)))
    (if (i32.eqz (local.get $entry)) (then (return (i32.const 1) (i32.const 0))))
    (if (i32.ne (i32.load $entries (local.get $entry)) (i32.add (local.get $resource) (i32.const 1)))
      (then (return (i32.const 2) (i32.const 0))))
    (if (i32.load $entries offset=8 (local.get $entry)) (then (return (i32.const 3) (i32.const 0))))
    (local.set $rep (i32.load $entries offset=4 (local.get $entry)))
    (local.set $scope (i32.load $entries offset=12 (local.get $entry)))
    (call $free (local.get $table) (local.get $index) (local.get $entry))
    (if (i32.eqz (local.get $scope)) (then (return (i32.const 0) (local.get $rep))))
    (i32.store $stack (local.get $scope) (i32.sub (i32.load $stack (local.get $scope)) (i32.const 1)))
    (i32.const 4) (local.get $rep))

  ;; how it went, and the representation
  (func (export "rep") (param $table i32) (param $index i32) (param $resource i32) (result i32 i32)
    (local $entry i32)
    (local.set $entry (call $get (local.get $table) (local.get $index)))
    (if (i32.eqz (local.get $entry)) (then (return (i32.const 1) (i32.const 0))))
    (if (i32.ne (i32.load $entries (local.get $entry)) (i32.add (local.get $resource) (i32.const 1)))
      (then (return (i32.const 2) (i32.const 0))))
    (i32.const 0) (i32.load $entries offset=4 (local.get $entry)))

  ;; frees an entry whatever it is, for the host; there must be one
  (func (export "free") (param $table i32) (param $index i32)
    (call $free (local.get $table) (local.get $index) (call $get (local.get $table) (local.get $index))))

  (func $free (param $table i32) (param $index i32) (param $entry i32)
    (local.set $table (i32.shl (local.get $table) (i32.const 4)))
    (i32.store $entries (local.get $entry) (i32.const 0))
    (i32.store $entries offset=4 (local.get $entry) (i32.load $tables offset=12 (local.get $table)))
    (i32.store $tables offset=12 (local.get $table) (local.get $index)))

  ;; whether there is room for the table itself
  (func $reach (param $table i32) (result i32)
    (local $pages i32)
    (local.set $pages (i32.add (i32.shr_u (local.get $table) (i32.const 12)) (i32.const 1)))
    (if (i32.le_u (local.get $pages) (memory.size $tables)) (then (return (i32.const 1))))
    (i32.ne
      (memory.grow $tables (i32.sub (local.get $pages) (memory.size $tables)))
      (i32.const -1)))

  ;; twice the room for entries, where they are if nothing follows; whether there is any. $table: its address
  (func $grow (param $table i32) (result i32)
    (local $old i32) (local $new i32) (local $size i32) (local $room i32) (local $end i64) (local $pages i32)
    (local.set $old (i32.load $tables (local.get $table)))
    (local.set $size (i32.shl (i32.load $tables offset=8 (local.get $table)) (i32.const 4)))
    (local.set $room (select (i32.shl (local.get $size) (i32.const 1)) (i32.const 128) (local.get $size)))
    (local.set $new (select
      (local.get $old)
      (global.get $entries_end)
      (i32.eq (i32.add (local.get $old) (local.get $size)) (global.get $entries_end))))
    (local.set $end (i64.add (i64.extend_i32_u (local.get $new)) (i64.extend_i32_u (local.get $room))))
    ;; the last page is left alone, so that no address is beyond 32 bits
    (if (i64.gt_u (local.get $end) (i64.const 0xffff0000)) (then (return (i32.const 0))))
    (local.set $pages (i32.sub
      (i32.shr_u (i32.add (i32.wrap_i64 (local.get $end)) (i32.const 0xffff)) (i32.const 16))
      (memory.size $entries)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then
        (if (i32.eq (memory.grow $entries (local.get $pages)) (i32.const -1)) (then (return (i32.const 0))))))
    (if (i32.ne (local.get $new) (local.get $old))
      (then (memory.copy $entries $entries (local.get $new) (local.get $old) (local.get $size))))
    (i32.store $tables (local.get $table) (local.get $new))
    (i32.store $tables offset=8 (local.get $table) (i32.shr_u (local.get $room) (i32.const 4)))
    (global.set $entries_end (i32.wrap_i64 (local.get $end)))
    (i32.const 1))

  ;; -- borrows: a task that holds some has a scope, from before the first is lowered until it has returned

  (func (export "open_scope") (result i32)
    (global.set $scope (call $push (i32.const 0)))
    (global.get $scope))

  ;; the index of a new borrow in the scope opened last, 0 if there is no room
  (func (export "add_borrow") (param $table i32) (param $resource i32) (param $rep i32) (result i32)
    (i32.store $stack (global.get $scope) (i32.add (i32.load $stack (global.get $scope)) (i32.const 1)))
    (call $add (local.get $table) (local.get $resource) (local.get $rep) (global.get $scope)))

  ;; closes the innermost scope: how many borrows are left in it
  (func (export "close_scope") (result i32)
    (global.set $top (i32.sub (global.get $top) (i32.const 4)))
    (i32.load $stack (global.get $top)))

  ;; -- lending: a call gives back what it has lent since its mark

  (func (export "mark") (result i32) (global.get $top))

  ;; lends a handle: how it went, and the representation
  (func (export "lend") (param $table i32) (param $index i32) (param $resource i32) (result i32 i32)
    (local $entry i32)
    (local.set $entry (call $get (local.get $table) (local.get $index)))
    (if (i32.eqz (local.get $entry)) (then (return (i32.const 1) (i32.const 0))))
    (if (i32.ne (i32.load $entries (local.get $entry)) (i32.add (local.get $resource) (i32.const 1)))
      (then (return (i32.const 2) (i32.const 0))))
    (i32.store $entries offset=8 (local.get $entry)
      (i32.add (i32.load $entries offset=8 (local.get $entry)) (i32.const 1)))
    (drop (call $push (local.get $index)))
    (i32.const 0) (i32.load $entries offset=4 (local.get $entry)))

  ;; all handles of $table that were lent since $mark
  (func (export "give_back") (param $table i32) (param $mark i32)
    (local $entry i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_u (global.get $top) (local.get $mark)))
        (global.set $top (i32.sub (global.get $top) (i32.const 4)))
        (local.set $entry (call $get (local.get $table) (i32.load $stack (global.get $top))))
        (i32.store $entries offset=8 (local.get $entry)
          (i32.sub (i32.load $entries offset=8 (local.get $entry)) (i32.const 1)))
        (br $next))))

  ;; where the word is now
  (func $push (param $word i32) (result i32)
    (if (i32.eq (global.get $top) (i32.shl (memory.size $stack) (i32.const 16)))
      (then (if (i32.eq (memory.grow $stack (i32.const 1)) (i32.const -1)) (then (unreachable)))))
    (i32.store $stack (global.get $top) (local.get $word))
    (global.set $top (i32.add (global.get $top) (i32.const 4)))
    (i32.sub (global.get $top) (i32.const 4)))

  ;; -- on the way from lifting to lowering: nothing else is lifted in between, so that the queue is empty afterwards

  (func (export "queue") (param $rep i32)
    (if (i32.eq (global.get $queue_end) (i32.shl (memory.size $queue) (i32.const 16)))
      (then (if (i32.eq (memory.grow $queue (i32.const 1)) (i32.const -1)) (then (unreachable)))))
    (i32.store $queue (global.get $queue_end) (local.get $rep))
    (global.set $queue_end (i32.add (global.get $queue_end) (i32.const 4))))

  (func (export "next") (result i32)
    (local $at i32)
    (local.set $at (global.get $queue_first))
    (global.set $queue_first (i32.add (local.get $at) (i32.const 4)))
    (if (i32.eq (global.get $queue_first) (global.get $queue_end))
      (then
        (global.set $queue_first (i32.const 0))
        (global.set $queue_end (i32.const 0))))
    (i32.load $queue (local.get $at))))
