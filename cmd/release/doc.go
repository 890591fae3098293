// Release builds roofserve for every machine that it is given out for: archives with the program and its
// terms, a list of what each is built from, and checksums. The same commit gives the same bytes, whoever
// builds it and where; .ci/release shows that it does.
//
//	go run ./cmd/release --out dist
package main
