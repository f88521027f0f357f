;; Enums with one and with two bytes, and flags from 1 to 32 labels: one byte up to 8, two up to 16, four up to 32.
;; CanonicalABI.md: Alignment (alignment_flags, discriminant_type), Loading (load_flags, unpack_flags_from_int), Storing
;; (store_flags, pack_flags_into_int), "Flat Lifting" (lift_flat_flags).

(component definition $D
  ;; A memory whose realloc gives every block a new place, from 65536 on; below that, room for results.
  (core module $Heap
    (memory (export "mem") 4)
    (global $end (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))
      (local.get $new)))

  ;; What it gets it gives back.
  (component $Callee
    (alias outer 1 $Heap (core module $Heap))
    (core instance $heap (instantiate $Heap))
    (core module $M
      (import "heap" "mem" (memory 1))
      (func (export "i32") (param i32) (result i32) (local.get 0))
      (func (export "list") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
    (core instance $m (instantiate $M (with "heap" (instance $heap))))
    (type $e1-type (enum "e0"))
    (export $e1 "e1-type" (type $e1-type))
    (type $e2-type (enum "e0" "e1"))
    (export $e2 "e2-type" (type $e2-type))
    (type $e256-type (enum "e0" "e1" "e2" "e3" "e4" "e5" "e6" "e7" "e8" "e9" "e10" "e11" "e12" "e13" "e14" "e15" "e16"
      "e17" "e18" "e19" "e20" "e21" "e22" "e23" "e24" "e25" "e26" "e27" "e28" "e29" "e30" "e31" "e32" "e33" "e34" "e35"
      "e36" "e37" "e38" "e39" "e40" "e41" "e42" "e43" "e44" "e45" "e46" "e47" "e48" "e49" "e50" "e51" "e52" "e53" "e54"
      "e55" "e56" "e57" "e58" "e59" "e60" "e61" "e62" "e63" "e64" "e65" "e66" "e67" "e68" "e69" "e70" "e71" "e72" "e73"
      "e74" "e75" "e76" "e77" "e78" "e79" "e80" "e81" "e82" "e83" "e84" "e85" "e86" "e87" "e88" "e89" "e90" "e91" "e92"
      "e93" "e94" "e95" "e96" "e97" "e98" "e99" "e100" "e101" "e102" "e103" "e104" "e105" "e106" "e107" "e108" "e109"
      "e110" "e111" "e112" "e113" "e114" "e115" "e116" "e117" "e118" "e119" "e120" "e121" "e122" "e123" "e124" "e125"
      "e126" "e127" "e128" "e129" "e130" "e131" "e132" "e133" "e134" "e135" "e136" "e137" "e138" "e139" "e140" "e141"
      "e142" "e143" "e144" "e145" "e146" "e147" "e148" "e149" "e150" "e151" "e152" "e153" "e154" "e155" "e156" "e157"
      "e158" "e159" "e160" "e161" "e162" "e163" "e164" "e165" "e166" "e167" "e168" "e169" "e170" "e171" "e172" "e173"
      "e174" "e175" "e176" "e177" "e178" "e179" "e180" "e181" "e182" "e183" "e184" "e185" "e186" "e187" "e188" "e189"
      "e190" "e191" "e192" "e193" "e194" "e195" "e196" "e197" "e198" "e199" "e200" "e201" "e202" "e203" "e204" "e205"
      "e206" "e207" "e208" "e209" "e210" "e211" "e212" "e213" "e214" "e215" "e216" "e217" "e218" "e219" "e220" "e221"
      "e222" "e223" "e224" "e225" "e226" "e227" "e228" "e229" "e230" "e231" "e232" "e233" "e234" "e235" "e236" "e237"
      "e238" "e239" "e240" "e241" "e242" "e243" "e244" "e245" "e246" "e247" "e248" "e249" "e250" "e251" "e252" "e253"
      "e254" "e255"))
    (export $e256 "e256-type" (type $e256-type))
    (type $e257-type (enum "e0" "e1" "e2" "e3" "e4" "e5" "e6" "e7" "e8" "e9" "e10" "e11" "e12" "e13" "e14" "e15" "e16"
      "e17" "e18" "e19" "e20" "e21" "e22" "e23" "e24" "e25" "e26" "e27" "e28" "e29" "e30" "e31" "e32" "e33" "e34" "e35"
      "e36" "e37" "e38" "e39" "e40" "e41" "e42" "e43" "e44" "e45" "e46" "e47" "e48" "e49" "e50" "e51" "e52" "e53" "e54"
      "e55" "e56" "e57" "e58" "e59" "e60" "e61" "e62" "e63" "e64" "e65" "e66" "e67" "e68" "e69" "e70" "e71" "e72" "e73"
      "e74" "e75" "e76" "e77" "e78" "e79" "e80" "e81" "e82" "e83" "e84" "e85" "e86" "e87" "e88" "e89" "e90" "e91" "e92"
      "e93" "e94" "e95" "e96" "e97" "e98" "e99" "e100" "e101" "e102" "e103" "e104" "e105" "e106" "e107" "e108" "e109"
      "e110" "e111" "e112" "e113" "e114" "e115" "e116" "e117" "e118" "e119" "e120" "e121" "e122" "e123" "e124" "e125"
      "e126" "e127" "e128" "e129" "e130" "e131" "e132" "e133" "e134" "e135" "e136" "e137" "e138" "e139" "e140" "e141"
      "e142" "e143" "e144" "e145" "e146" "e147" "e148" "e149" "e150" "e151" "e152" "e153" "e154" "e155" "e156" "e157"
      "e158" "e159" "e160" "e161" "e162" "e163" "e164" "e165" "e166" "e167" "e168" "e169" "e170" "e171" "e172" "e173"
      "e174" "e175" "e176" "e177" "e178" "e179" "e180" "e181" "e182" "e183" "e184" "e185" "e186" "e187" "e188" "e189"
      "e190" "e191" "e192" "e193" "e194" "e195" "e196" "e197" "e198" "e199" "e200" "e201" "e202" "e203" "e204" "e205"
      "e206" "e207" "e208" "e209" "e210" "e211" "e212" "e213" "e214" "e215" "e216" "e217" "e218" "e219" "e220" "e221"
      "e222" "e223" "e224" "e225" "e226" "e227" "e228" "e229" "e230" "e231" "e232" "e233" "e234" "e235" "e236" "e237"
      "e238" "e239" "e240" "e241" "e242" "e243" "e244" "e245" "e246" "e247" "e248" "e249" "e250" "e251" "e252" "e253"
      "e254" "e255" "e256"))
    (export $e257 "e257-type" (type $e257-type))
    (type $f1-type (flags "b0"))
    (export $f1 "f1-type" (type $f1-type))
    (type $f7-type (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6"))
    (export $f7 "f7-type" (type $f7-type))
    (type $f8-type (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7"))
    (export $f8 "f8-type" (type $f8-type))
    (type $f9-type (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8"))
    (export $f9 "f9-type" (type $f9-type))
    (type $f16-type (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15"))
    (export $f16 "f16-type" (type $f16-type))
    (type $f17-type (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16"))
    (export $f17 "f17-type" (type $f17-type))
    (type $f31-type (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16"
      "b17" "b18" "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26" "b27" "b28" "b29" "b30"))
    (export $f31 "f31-type" (type $f31-type))
    (type $f32-type (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16"
      "b17" "b18" "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26" "b27" "b28" "b29" "b30" "b31"))
    (export $f32 "f32-type" (type $f32-type))
    (func (export "enum1") (param "v" $e1) (result $e1) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "enum2") (param "v" $e2) (result $e2) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "enum256") (param "v" $e256) (result $e256) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "enum257") (param "v" $e257) (result $e257) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "enums1") (param "v" (list $e1)) (result (list $e1)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "enums2") (param "v" (list $e2)) (result (list $e2)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "enums256") (param "v" (list $e256)) (result (list $e256)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "enums257") (param "v" (list $e257)) (result (list $e257)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags1") (param "v" $f1) (result $f1) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags7") (param "v" $f7) (result $f7) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags8") (param "v" $f8) (result $f8) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags9") (param "v" $f9) (result $f9) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags16") (param "v" $f16) (result $f16) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags17") (param "v" $f17) (result $f17) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags31") (param "v" $f31) (result $f31) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flags32") (param "v" $f32) (result $f32) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flagses1") (param "v" (list $f1)) (result (list $f1)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flagses8") (param "v" (list $f8)) (result (list $f8)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flagses9") (param "v" (list $f9)) (result (list $f9)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flagses16") (param "v" (list $f16)) (result (list $f16)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flagses17") (param "v" (list $f17)) (result (list $f17)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "flagses32") (param "v" (list $f32)) (result (list $f32)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    ;; Bits beyond the labels are nobody's.
    (func (export "give-f9") (param "bits" u32) (result $f9) (canon lift (core func $m "i32")))
    (func (export "give-e257") (param "case" u32) (result $e257) (canon lift (core func $m "i32"))))
  (instance $callee (instantiate $Callee))

  ;; What it gets it passes on, and what comes back it gives back.
  (core instance $heap (instantiate $Heap))
  (core module $i32
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $f (local.get 0))))
  (core module $list
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32 i32)))
    (func (export "f") (param i32 i32) (result i32)
      (call $f (local.get 0) (local.get 1) (i32.const 0)) (i32.const 0)))
  (alias export $callee "e1-type" (type $e1-type))
  (export $e1 "e1-type" (type $e1-type))
  (alias export $callee "e2-type" (type $e2-type))
  (export $e2 "e2-type" (type $e2-type))
  (alias export $callee "e256-type" (type $e256-type))
  (export $e256 "e256-type" (type $e256-type))
  (alias export $callee "e257-type" (type $e257-type))
  (export $e257 "e257-type" (type $e257-type))
  (alias export $callee "f1-type" (type $f1-type))
  (export $f1 "f1-type" (type $f1-type))
  (alias export $callee "f7-type" (type $f7-type))
  (export $f7 "f7-type" (type $f7-type))
  (alias export $callee "f8-type" (type $f8-type))
  (export $f8 "f8-type" (type $f8-type))
  (alias export $callee "f9-type" (type $f9-type))
  (export $f9 "f9-type" (type $f9-type))
  (alias export $callee "f16-type" (type $f16-type))
  (export $f16 "f16-type" (type $f16-type))
  (alias export $callee "f17-type" (type $f17-type))
  (export $f17 "f17-type" (type $f17-type))
  (alias export $callee "f31-type" (type $f31-type))
  (export $f31 "f31-type" (type $f31-type))
  (alias export $callee "f32-type" (type $f32-type))
  (export $f32 "f32-type" (type $f32-type))
  (core func $enum1 (canon lower (func $callee "enum1")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enum1 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enum1))))))
  (func (export "enum1") (param "v" $e1) (result $e1) (canon lift (core func $enum1 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $enum2 (canon lower (func $callee "enum2")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enum2 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enum2))))))
  (func (export "enum2") (param "v" $e2) (result $e2) (canon lift (core func $enum2 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $enum256 (canon lower (func $callee "enum256")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enum256 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enum256))))))
  (func (export "enum256") (param "v" $e256) (result $e256) (canon lift (core func $enum256 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $enum257 (canon lower (func $callee "enum257")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enum257 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enum257))))))
  (func (export "enum257") (param "v" $e257) (result $e257) (canon lift (core func $enum257 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $enums1 (canon lower (func $callee "enums1")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enums1 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enums1))))))
  (func (export "enums1") (param "v" (list $e1)) (result (list $e1)) (canon lift (core func $enums1 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $enums2 (canon lower (func $callee "enums2")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enums2 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enums2))))))
  (func (export "enums2") (param "v" (list $e2)) (result (list $e2)) (canon lift (core func $enums2 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $enums256 (canon lower (func $callee "enums256")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enums256 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enums256))))))
  (func (export "enums256") (param "v" (list $e256)) (result (list $e256)) (canon lift (core func $enums256 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $enums257 (canon lower (func $callee "enums257")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $enums257 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $enums257))))))
  (func (export "enums257") (param "v" (list $e257)) (result (list $e257)) (canon lift (core func $enums257 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags1 (canon lower (func $callee "flags1")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags1 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags1))))))
  (func (export "flags1") (param "v" $f1) (result $f1) (canon lift (core func $flags1 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags7 (canon lower (func $callee "flags7")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags7 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags7))))))
  (func (export "flags7") (param "v" $f7) (result $f7) (canon lift (core func $flags7 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags8 (canon lower (func $callee "flags8")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags8 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags8))))))
  (func (export "flags8") (param "v" $f8) (result $f8) (canon lift (core func $flags8 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags9 (canon lower (func $callee "flags9")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags9 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags9))))))
  (func (export "flags9") (param "v" $f9) (result $f9) (canon lift (core func $flags9 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags16 (canon lower (func $callee "flags16")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags16 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags16))))))
  (func (export "flags16") (param "v" $f16) (result $f16) (canon lift (core func $flags16 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags17 (canon lower (func $callee "flags17")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags17 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags17))))))
  (func (export "flags17") (param "v" $f17) (result $f17) (canon lift (core func $flags17 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags31 (canon lower (func $callee "flags31")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags31 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags31))))))
  (func (export "flags31") (param "v" $f31) (result $f31) (canon lift (core func $flags31 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flags32 (canon lower (func $callee "flags32")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flags32 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flags32))))))
  (func (export "flags32") (param "v" $f32) (result $f32) (canon lift (core func $flags32 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flagses1 (canon lower (func $callee "flagses1")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flagses1 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flagses1))))))
  (func (export "flagses1") (param "v" (list $f1)) (result (list $f1)) (canon lift (core func $flagses1 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flagses8 (canon lower (func $callee "flagses8")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flagses8 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flagses8))))))
  (func (export "flagses8") (param "v" (list $f8)) (result (list $f8)) (canon lift (core func $flagses8 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flagses9 (canon lower (func $callee "flagses9")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flagses9 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flagses9))))))
  (func (export "flagses9") (param "v" (list $f9)) (result (list $f9)) (canon lift (core func $flagses9 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flagses16 (canon lower (func $callee "flagses16")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flagses16 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flagses16))))))
  (func (export "flagses16") (param "v" (list $f16)) (result (list $f16)) (canon lift (core func $flagses16 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flagses17 (canon lower (func $callee "flagses17")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flagses17 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flagses17))))))
  (func (export "flagses17") (param "v" (list $f17)) (result (list $f17)) (canon lift (core func $flagses17 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $flagses32 (canon lower (func $callee "flagses32")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $flagses32 (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $flagses32))))))
  (func (export "flagses32") (param "v" (list $f32)) (result (list $f32)) (canon lift (core func $flagses32 "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))

  (core func $give-f9 (canon lower (func $callee "give-f9")))
  (core instance $give-f9 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $give-f9))))))
  (func (export "give-f9") (param "bits" u32) (result $f9) (canon lift (core func $give-f9 "f")))
  (core func $give-e257 (canon lower (func $callee "give-e257")))
  (core instance $give-e257 (instantiate $i32 (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $give-e257))))))
  (func (export "give-e257") (param "case" u32) (result $e257) (canon lift (core func $give-e257 "f"))))

(component instance $i0 $D)
(assert_return (invoke "enum1" (enum.const "e0")) (enum.const "e0"))
(assert_return (invoke "enums1" (list.const (enum.const "e0"))) (list.const (enum.const "e0")))
(assert_return (invoke "enum2" (enum.const "e0")) (enum.const "e0"))
(assert_return (invoke "enum2" (enum.const "e1")) (enum.const "e1"))
(assert_return
  (invoke "enums2" (list.const (enum.const "e0") (enum.const "e1")))
  (list.const (enum.const "e0") (enum.const "e1")))
(assert_return (invoke "enum256" (enum.const "e0")) (enum.const "e0"))
(assert_return (invoke "enum256" (enum.const "e128")) (enum.const "e128"))
(assert_return (invoke "enum256" (enum.const "e255")) (enum.const "e255"))
(assert_return
  (invoke "enums256" (list.const (enum.const "e0") (enum.const "e128") (enum.const "e255")))
  (list.const (enum.const "e0") (enum.const "e128") (enum.const "e255")))
(assert_return (invoke "enum257" (enum.const "e0")) (enum.const "e0"))
(assert_return (invoke "enum257" (enum.const "e128")) (enum.const "e128"))
(assert_return (invoke "enum257" (enum.const "e256")) (enum.const "e256"))
(assert_return
  (invoke "enums257" (list.const (enum.const "e0") (enum.const "e128") (enum.const "e256")))
  (list.const (enum.const "e0") (enum.const "e128") (enum.const "e256")))
(assert_return (invoke "flags1" (flags.const)) (flags.const))
(assert_return (invoke "flags1" (flags.const "b0")) (flags.const "b0"))
(assert_return
  (invoke "flagses1" (list.const (flags.const) (flags.const "b0")))
  (list.const (flags.const) (flags.const "b0")))
(assert_return (invoke "flags7" (flags.const)) (flags.const))
(assert_return (invoke "flags7" (flags.const "b0")) (flags.const "b0"))
(assert_return (invoke "flags7" (flags.const "b6")) (flags.const "b6"))
(assert_return
  (invoke "flags7" (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6"))
  (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6"))
(assert_return (invoke "flags8" (flags.const)) (flags.const))
(assert_return (invoke "flags8" (flags.const "b0")) (flags.const "b0"))
(assert_return (invoke "flags8" (flags.const "b7")) (flags.const "b7"))
(assert_return
  (invoke "flags8" (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7"))
  (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7"))
(assert_return
  (invoke "flagses8" (list.const (flags.const) (flags.const "b0") (flags.const "b7")
    (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7")))
  (list.const (flags.const) (flags.const "b0") (flags.const "b7")
    (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7")))
(assert_return (invoke "flags9" (flags.const)) (flags.const))
(assert_return (invoke "flags9" (flags.const "b0")) (flags.const "b0"))
(assert_return (invoke "flags9" (flags.const "b8")) (flags.const "b8"))
(assert_return
  (invoke "flags9" (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8"))
  (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8"))
(assert_return
  (invoke "flagses9" (list.const (flags.const) (flags.const "b0") (flags.const "b8")
    (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8")))
  (list.const (flags.const) (flags.const "b0") (flags.const "b8")
    (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8")))
(assert_return (invoke "flags16" (flags.const)) (flags.const))
(assert_return (invoke "flags16" (flags.const "b0")) (flags.const "b0"))
(assert_return (invoke "flags16" (flags.const "b15")) (flags.const "b15"))
(assert_return
  (invoke "flags16" (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15"))
  (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15"))
(assert_return
  (invoke "flagses16" (list.const (flags.const) (flags.const "b0") (flags.const "b15") (flags.const "b0" "b1" "b2" "b3"
    "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15")))
  (list.const (flags.const) (flags.const "b0") (flags.const "b15") (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7"
    "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15")))
(assert_return (invoke "flags17" (flags.const)) (flags.const))
(assert_return (invoke "flags17" (flags.const "b0")) (flags.const "b0"))
(assert_return (invoke "flags17" (flags.const "b16")) (flags.const "b16"))
(assert_return
  (invoke "flags17" (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15"
    "b16"))
  (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16"))
(assert_return
  (invoke "flagses17" (list.const (flags.const) (flags.const "b0") (flags.const "b16") (flags.const "b0" "b1" "b2" "b3"
    "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16")))
  (list.const (flags.const) (flags.const "b0") (flags.const "b16") (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7"
    "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16")))
(assert_return (invoke "flags31" (flags.const)) (flags.const))
(assert_return (invoke "flags31" (flags.const "b0")) (flags.const "b0"))
(assert_return (invoke "flags31" (flags.const "b30")) (flags.const "b30"))
(assert_return
  (invoke "flags31" (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15"
    "b16" "b17" "b18" "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26" "b27" "b28" "b29" "b30"))
  (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16" "b17" "b18"
    "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26" "b27" "b28" "b29" "b30"))
(assert_return (invoke "flags32" (flags.const)) (flags.const))
(assert_return (invoke "flags32" (flags.const "b0")) (flags.const "b0"))
(assert_return (invoke "flags32" (flags.const "b31")) (flags.const "b31"))
(assert_return
  (invoke "flags32" (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15"
    "b16" "b17" "b18" "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26" "b27" "b28" "b29" "b30" "b31"))
  (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16" "b17" "b18"
    "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26" "b27" "b28" "b29" "b30" "b31"))
(assert_return
  (invoke "flagses32" (list.const (flags.const) (flags.const "b0") (flags.const "b31") (flags.const "b0" "b1" "b2" "b3"
    "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16" "b17" "b18" "b19" "b20" "b21" "b22" "b23"
    "b24" "b25" "b26" "b27" "b28" "b29" "b30" "b31")))
  (list.const (flags.const) (flags.const "b0") (flags.const "b31") (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7"
    "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16" "b17" "b18" "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26"
    "b27" "b28" "b29" "b30" "b31")))

;; CanonicalABI.md: unpack_flags_from_int drops bits past the last label; lift_flat_variant traps on a case that is none
(assert_return (invoke "give-f9" (u32.const 0xffffffff)) (flags.const "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8"))
(assert_return (invoke "give-f9" (u32.const 0xfffffe01)) (flags.const "b0"))
(assert_return (invoke "give-e257" (u32.const 256)) (enum.const "e256"))
(assert_trap (invoke "give-e257" (u32.const 257)) "invalid variant discriminant") ;; invalid-discriminant at result
(component instance $i1 $D)
(assert_trap (invoke "give-e257" (u32.const 0x10000)) "invalid variant discriminant") ;; invalid-discriminant at result
