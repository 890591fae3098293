// Package agenda finds the first of many replicas, or alarms, by a key that changes, such as when its steps
// end or how many requests it has. It knows nothing of what the key means.
package agenda
