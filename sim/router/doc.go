// Package router chooses the replica that each request goes to. Each router is a file of its own, and a line
// of the table in router.go. It sees which session a request is of, how many requests replicas have
// outstanding, or what they publish from time to time, never what they do with requests.
package router
