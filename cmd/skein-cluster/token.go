package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"example.com/skein/cluster/embed"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/usage"
)

// token is skein serve token.
func token(args []string) int {
	var f member.Token
	set := f.Set()
	done, err := parse(set, member.ServeHelp, args)
	if done {
		return 0
	}
	if err == nil {
		err = change(&f, set.Args())
	}
	if err != nil {
		return fail("serve token", err, exitUsage)
	}
	return 0
}

func change(f *member.Token, names []string) (err error) {
	const hint = "skein serve token NAME, --list or --revoke NAME: one of them"
	what := len(names)
	if f.List {
		what++
	}
	if f.Revoke != "" {
		what++
	}
	switch {
	case what != 1:
		return usage.Errorf(hint, "what is to be done is not clear")
	case len(names) == 0 && (f.Out != "" || f.Types != nil):
		return usage.Errorf(hint, "--out and --types are for a new key")
	}
	if f.Dir == "" {
		if f.Dir, err = stateDir(); err != nil {
			return err
		}
	}
	if !embed.IsServers(f.Dir) { // nothing is made where none has ever been
		return usage.Errorf("--dir D names the directory of skein serve, which must have been started", "%s is no server's directory", f.Dir)
	}
	keys, err := embed.OpenKeys(f.Dir)
	switch {
	case err != nil:
		return err
	case f.List:
		return list(keys)
	case f.Revoke != "":
		return keys.Revoke(context.Background(), f.Revoke)
	}
	return issue(f, keys, names[0])
}

func list(keys *embed.Keys) error {
	all, err := keys.List()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tMADE\tTYPES")
	for _, k := range all {
		types := strings.Join(k.Types, ",")
		if types == "" {
			types = "all"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.Name, k.Made.Local().Format("2006-01-02 15:04"), types)
	}
	return w.Flush()
}

// issue makes a key and gives it to whoever asked. If it cannot, there is none.
func issue(f *member.Token, keys *embed.Keys, name string) error {
	out := os.Stdout
	if f.Out != "" {
		file, err := os.OpenFile(f.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		out = file
	}
	ctx := context.Background()
	key, err := keys.Make(ctx, name, f.Types...)
	if err == nil {
		if _, err = fmt.Fprintln(out, key.Text()); err == nil && out != os.Stdout {
			err = out.Close()
		}
		if err != nil {
			keys.Revoke(ctx, name)
		}
	}
	if err != nil && f.Out != "" {
		os.Remove(f.Out)
	}
	return err
}
