// Package jsonstream walks over a JSON document of any length in constant memory: what nobody asks for is
// skipped, and what is asked for is handed out value by value. It takes what Python writes, NaN and Infinity
// too, and knows nothing of what documents mean.
package jsonstream
