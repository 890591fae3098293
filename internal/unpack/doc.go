// Package unpack undoes the compression of files as people keep them: gzip, Zstandard, bzip2, ZIP and TAR,
// and reads texts in units of 16 bits. It knows nothing of what they hold.
package unpack
