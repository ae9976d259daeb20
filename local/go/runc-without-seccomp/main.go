// Command runc-without-seccomp runs the program `runc` beside it, after taking the seccomp profile out of the bundle of
// the container. runc can only apply a profile when it is linked with the C library libseccomp, and refuses a bundle
// that has one otherwise; BuildKit gives every container one. What runs so has no filter on its system calls: it is
// for builds of one's own Dockerfiles on one's own machine, where no runc with libseccomp is installed.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "runc-without-seccomp: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	if bundle, ok := bundleOf(os.Args[1:]); ok {
		if err := dropProfile(filepath.Join(bundle, "config.json")); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	runc := filepath.Join(filepath.Dir(self), "runc")
	return syscall.Exec(runc, append([]string{"runc"}, os.Args[1:]...), os.Environ())
}

// bundleOf is the folder of the container that the arguments start, if they start one.
func bundleOf(args []string) (string, bool) {
	starts, bundle := false, "."
	for i, arg := range args {
		switch {
		case arg == "run" || arg == "create":
			starts = true
		case (arg == "--bundle" || arg == "-b") && i+1 < len(args):
			bundle = args[i+1]
		case strings.HasPrefix(arg, "--bundle="):
			bundle = strings.TrimPrefix(arg, "--bundle=")
		}
	}
	return bundle, starts
}

func dropProfile(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config map[string]json.RawMessage
	if err := json.Unmarshal(data, &config); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var linux map[string]json.RawMessage
	if err := json.Unmarshal(config["linux"], &linux); err != nil {
		return fmt.Errorf("%s: linux: %w", path, err)
	}
	delete(linux, "seccomp")
	if config["linux"], err = json.Marshal(linux); err != nil {
		return err
	}
	if data, err = json.Marshal(config); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
