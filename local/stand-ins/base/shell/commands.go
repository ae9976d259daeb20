package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

type command func(c interp.HandlerContext, args []string) error

// What the interpreter and its coreutils lack and a stand-in's script or a person who looks into the image needs.
var commands = map[string]command{"env": env, "ln": ln, "sleep": sleep, "uname": uname}

// Options that scripts write and the coreutils know under another name.
var synonyms = map[string]map[string]string{
	"chmod": {"-R": "--recursive"},
	"cp":    {"-a": "-RP", "-dR": "-RP"},
}

func ownCommands(next interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		for i, arg := range args[1:] {
			if synonym, ok := synonyms[args[0]][arg]; ok {
				args[i+1] = synonym
			}
		}
		run, known := commands[args[0]]
		// `env COMMAND` starts a program: the shebang line of a script uses it so.
		if args[0] == "env" && len(args) > 1 {
			return interp.DefaultExecHandler(0)(ctx, args[1:])
		}
		if !known {
			return next(ctx, args)
		}
		c := interp.HandlerCtx(ctx)
		if err := run(c, args[1:]); err != nil {
			fmt.Fprintf(c.Stderr, "%s: %v\n", args[0], err)
			return interp.NewExitStatus(1)
		}
		return nil
	}
}

func env(c interp.HandlerContext, _ []string) error {
	c.Env.Each(func(name string, value expand.Variable) bool {
		if value.Exported {
			fmt.Fprintf(c.Stdout, "%s=%s\n", name, value.String())
		}
		return true
	})
	return nil
}

func ln(c interp.HandlerContext, args []string) error {
	var symbolic, force bool
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		for _, flag := range args[0][1:] {
			switch flag {
			case 's':
				symbolic = true
			case 'f':
				force = true
			case 'n': // A link is always made at the very path that is given.
			default:
				return fmt.Errorf("unknown option -%c; -s, -f and -n are known", flag)
			}
		}
		args = args[1:]
	}
	if len(args) != 2 {
		return errors.New("write ln [-sfn] TARGET LINK")
	}
	target, link := args[0], absolute(c, args[1])
	if info, err := os.Stat(link); err == nil && info.IsDir() {
		link = filepath.Join(link, filepath.Base(target))
	}
	if force {
		if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if symbolic {
		return os.Symlink(target, link)
	}
	return os.Link(absolute(c, target), link)
}

func sleep(_ interp.HandlerContext, args []string) error {
	if len(args) != 1 {
		return errors.New("write sleep SECONDS")
	}
	seconds, err := strconv.ParseFloat(args[0], 64)
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	return nil
}

func uname(c interp.HandlerContext, args []string) error {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		return err
	}
	fields := []struct {
		flag  rune
		value string
	}{
		{'s', text(u.Sysname[:])}, {'n', text(u.Nodename[:])}, {'r', text(u.Release[:])},
		{'v', text(u.Version[:])}, {'m', text(u.Machine[:])},
	}
	flags := strings.ReplaceAll(strings.Join(args, ""), "-", "")
	if flags == "" {
		flags = "s"
	}
	var shown []string
	for _, field := range fields {
		if strings.ContainsRune(flags, field.flag) || strings.ContainsRune(flags, 'a') {
			shown = append(shown, field.value)
		}
	}
	_, err := fmt.Fprintln(c.Stdout, strings.Join(shown, " "))
	return err
}

// text is the C string in a field of utsname, whose element type differs between architectures.
func text[T int8 | uint8](field []T) string {
	var b strings.Builder
	for _, char := range field {
		if char == 0 {
			break
		}
		b.WriteByte(byte(char))
	}
	return b.String()
}

func absolute(c interp.HandlerContext, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir, path)
}
