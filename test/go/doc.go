// Package engines pins the Docker engine with containerd's store that tests load images into: the `tool` lines of go.mod
// name its programs, go.sum their content. Raise one with `go get -tool PACKAGE@VERSION` and `go mod tidy`, in this folder.
package engines
