;; wasmtime 50.0.1 aborts its process while it translates these valid components: once a component that exports a resource
;; type is an export of an instance, instantiating that component is a panic in its resources.rs (assertion failed:
;; prev.is_none()). Passed as an argument to another component the same component is fine.
;; Explainer.md: Instance Definitions (inline exports of any sort), Alias Definitions, Import and Export Definitions.
;; Upstream: bytecodealliance/wasmtime#11798 mended panics of this kind before.

;; an instance of inline exports
(component
  (component $C
    (type $r' (resource (rep i32)))
    (export "r" (type $r')))
  (instance $i (export "c" (component $C)))
  (alias export $i "c" (component $d))
  (instance (instantiate $d)))

;; an instance of a component that exports the component
(component
  (component $N
    (component $C
      (type $r' (resource (rep i32)))
      (export "r" (type $r')))
    (export "c" (component $C)))
  (instance $n (instantiate $N))
  (alias export $n "c" (component $d))
  (instance (instantiate $d)))

;; a component that imports a resource type, and drops resources of it: here the panic is in its types.rs (not a concrete
;; resource table), though nobody makes use of the instance
(component
  (component $C
    (import "s" (instance $s (export "r" (type (sub resource)))))
    (alias export $s "r" (type $r))
    (core func $drop (canon resource.drop $r))
    (core module $M (import "" "drop" (func (param i32))))
    (core instance (instantiate $M (with "" (instance (export "drop" (func $drop)))))))
  (instance $unused (export "c" (component $C)))
  (component $S
    (type $r' (resource (rep i32)))
    (export "r" (type $r')))
  (instance $s (instantiate $S))
  (instance (instantiate $C (with "s" (instance $s)))))
