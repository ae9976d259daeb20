// Command shell is the one program of the base stand-in: a shell and the commands of commands.go, told apart by the
// name it is started under, as busybox does. It is static, so that it runs in an image that holds nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/moreinterp/coreutils"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	var err error
	switch name {
	case "sh", "bash":
		err = runShell(name, args)
	default:
		err = runCommand(name, args)
	}
	var status interp.ExitStatus
	if errors.As(err, &status) {
		os.Exit(int(status))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(2)
	}
}

// runShell does `sh [options] -c COMMAND [name args]`, `sh [options] FILE [args]` and `sh [options]` from standard input.
func runShell(name string, args []string) error {
	var options []string
	isCommand := false
	for len(args) > 0 && len(args[0]) > 1 && strings.ContainsAny(args[0][:1], "-+") {
		option := args[0]
		args = args[1:]
		if option == "--" {
			break
		}
		if option[0] == '-' && strings.Contains(option, "c") {
			isCommand = true
		}
		// Login and interactive shells have nothing to read here.
		option = strings.NewReplacer("c", "", "l", "", "i", "").Replace(option)
		if len(option) > 1 {
			options = append(options, option)
		}
		if strings.HasSuffix(option, "o") && len(args) > 0 {
			options = append(options, args[0])
			args = args[1:]
		}
	}
	var script io.Reader = os.Stdin
	switch {
	case isCommand && len(args) == 0:
		return errors.New("-c: a command is missing")
	case isCommand:
		script = strings.NewReader(args[0])
		args = args[1:]
		if len(args) > 0 {
			name, args = args[0], args[1:]
		}
	case len(args) > 0:
		file, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer file.Close()
		script, name, args = file, args[0], args[1:]
	}
	program, err := syntax.NewParser().Parse(script, name)
	if err != nil {
		return err
	}
	return run(program, append(append(options, "--"), args...), interp.DefaultExecHandler(0))
}

// runCommand runs one command of this program, or a builtin of the shell, under the name it was called by.
func runCommand(name string, args []string) error {
	words := make([]string, 0, len(args)+1)
	for _, word := range append([]string{name}, args...) {
		quoted, err := syntax.Quote(word, syntax.LangBash)
		if err != nil {
			return err
		}
		words = append(words, quoted)
	}
	program, err := syntax.NewParser().Parse(strings.NewReader(strings.Join(words, " ")), name)
	if err != nil {
		return err
	}
	// Without this end the name would be looked up on PATH, find this program again, and so on for ever.
	missing := func(_ context.Context, args []string) error {
		return fmt.Errorf("%s is not a command of this stand-in", args[0])
	}
	return run(program, nil, missing)
}

func run(program *syntax.File, params []string, otherwise interp.ExecHandlerFunc) error {
	runner, err := interp.New(
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr),
		interp.Params(params...),
		interp.ExecHandlers(
			ownCommands,
			coreutils.ExecHandler,
			func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return otherwise },
		),
	)
	if err != nil {
		return err
	}
	return runner.Run(context.Background(), program)
}
