// Package tools pins the Go programs that the local cloud and the checks run: the `tool` lines of go.mod name them,
// go.sum their content. Raise one with `go get -tool PACKAGE@VERSION` and `go mod tidy`, in this folder.
package tools
