// Package unpack undoes the compression of files as people keep them: gzip, Zstandard, bzip2 and ZIP. It
// knows nothing of what they hold.
package unpack
