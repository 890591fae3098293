// Package playground answers the questions of the page in a browser: does it fit, what does a step take, what
// does a replay give. A question holds all that it needs, a scenario's text and the files that it names, and
// an answer is what the command line would write, to the last digit. It knows nothing of browsers; the
// program in cmd/playground/engine hands questions in.
package playground
