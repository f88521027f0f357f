;; A case that factfuzz made: case 2688 of seed 778.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; factfuzz-case: {"origin":{"seed":778,"number":2688,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["graph: component instances: 7 to 9"]}}
;; factfuzz-blueprint: {"definitions":[{"home":2},{"home":2},{"items":[{"is":"child","definition":1},{"is":"child","definition":0},{"is":"child","definition":0},{"is":"child","definition":0},{"is":"child","definition":0},{"is":"child","definition":0}]}]}

(component definition $D2
  (component $D0)
  (component $D1)
  (instance $i0 (instantiate $D1))
  (instance $i1 (instantiate $D0))
  (instance $i2 (instantiate $D0))
  (instance $i3 (instantiate $D0))
  (instance $i4 (instantiate $D0))
  (instance $i5 (instantiate $D0)))

(component instance $run0 $D2)
