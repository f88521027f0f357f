;; A case that factfuzz made: case 348 of seed 2026.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; factfuzz-case: {"origin":{"seed":2026,"number":348,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["graph: nested 2 deep"]}}
;; factfuzz-blueprint: {"definitions":[{"home":1},{"home":2,"items":[{"is":"child","definition":0}]},{"items":[{"is":"child","definition":1}]}]}

(component definition $D2
  (component $D1
    (component $D0)
    (instance $i0 (instantiate $D0)))
  (instance $i0 (instantiate $D1)))

(component instance $run0 $D2)
