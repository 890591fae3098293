// Package strict decodes TOML files and refuses what it does not understand: unknown keys, wrong types, NaN.
// Its errors are *fault.Error values that name file, line and key. Decoding alone checks shapes; rooms check
// the meaning of values themselves and report it at the right line with Document.Fault.
package strict
