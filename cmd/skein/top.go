package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/usage"
)

const topHelp = `usage: skein top [flags] [RUN]
       skein top --on KEY [--json] [RUN]

Looks into a run of yours that goes on, full screen: its running tasks and since
when. Without RUN it is the only one, or you choose from the list. RUN is the id
in that list, or a part of it that no other has. The screen needs a terminal;
--json and --web do not.

      --json        print how it stands once, as one JSON object, for programs
      --web[=ADDR]  serve a page instead, which shows it in a browser: of all
                    runs if no RUN is given, also of those that start later. It
                    prints the address, which has a secret in it, and changes
                    nothing. ADDR is a loopback address, such as 127.0.0.1:8080;
                    without it the port is a free one
      --on KEY      the runs and workers of a cluster instead: a list that is
                    drawn again every two seconds until ctrl-C, or printed once
                    where there is no terminal. KEY is the file of an owner's
                    key, which skein serve prints, or the address of a server
                    without keys. RUN is a whole name then
  -h, --help

keys
  up down   choose a task, or a run in the list
  + -       one task more or fewer at a time
  enter     the end of what the chosen task has written; again hides it
  c         cancel the chosen task; s stops the run. Both ask first
  q         leave; the run goes on
A run that is stopped so ends as after SIGTERM.

A run listens in $XDG_RUNTIME_DIR/skein or, without that, in
$XDG_STATE_HOME/skein/live, to programs of the same user alone.
`

// topFlags is the command line of skein top.
type topFlags struct {
	json bool
	page string // the address of --web; empty: no page
	on   string // a cluster; empty: the runs of this machine
}

func (f *topFlags) set() *pflag.FlagSet {
	set := newSet("top")
	set.BoolVar(&f.json, "json", false, "")
	set.StringVar(&f.page, "web", "", "")
	set.StringVar(&f.on, "on", "", "")
	set.Lookup("web").NoOptDefVal = "127.0.0.1:0"
	return set
}

// top is skein top. The screen is a program of its own, skein-top, as linking
// it would slow down the start of every run (decision 0015).
func top(args []string) int {
	var f topFlags
	set := f.set()
	if err := set.Parse(args); err != nil {
		return fail("top", explain(err, set, args))
	}
	if wanted, _ := set.GetBool("help"); wanted {
		return help([]string{"top"})
	}
	if set.NArg() > 1 {
		return fail("top", usage.Errorf("skein top shows one run", "%s: more than one RUN", set.Arg(1)))
	}
	if set.Changed("on") {
		return f.cluster(set.Args())
	}
	var ids []string
	if f.page == "" || set.NArg() > 0 {
		var err error
		if ids, err = choose(set.Arg(0)); err != nil {
			return fail("top", err)
		}
	}
	switch {
	case f.page != "":
		return screen(append([]string{"--web", f.page}, ids...))
	case f.json:
		return printState(os.Stdout, ids)
	}
	return screen(ids)
}

// cluster becomes skein-cluster, which looks at a cluster.
func (f *topFlags) cluster(names []string) int {
	if f.page != "" {
		return fail("top", usage.Errorf("skein top --on prints a list; --json is for programs", "--web and --on together"))
	}
	args := []string{"top", "--on", f.on}
	if f.json {
		args = append(args, "--json")
	}
	return becomeMember(append(append(args, "--"), names...))
}

// choose gives the ids of the runs that part may mean; all, if it is empty.
func choose(part string) ([]string, error) {
	all, err := attach.Runs()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, id := range all {
		if id == part {
			return []string{id}, nil
		}
		if strings.Contains(id, part) {
			ids = append(ids, id)
		}
	}
	switch {
	case len(ids) == 0 && part == "":
		return nil, usage.Errorf("start one: skein run COMMAND ::: INPUT...", "no run of yours goes on")
	case len(ids) == 0:
		return nil, usage.Errorf("skein top lists what goes on", "%s: no such run goes on", part)
	case len(ids) > 1 && part != "":
		return nil, usage.Errorf("one of "+strings.Join(ids, " "), "%s: more than one run has this in its id", part)
	}
	return ids, nil
}

// printState prints the state of the one run.
func printState(w io.Writer, ids []string) int {
	if len(ids) > 1 {
		return fail("top", usage.Errorf("name one of "+strings.Join(ids, " "), "%d runs go on", len(ids)))
	}
	client, err := attach.Dial(ids[0])
	if err != nil {
		return fail("top", err)
	}
	defer client.Close()
	state, err := client.Ask(attach.Request{Do: "state"})
	if err == nil {
		err = json.NewEncoder(w).Encode(state)
	}
	if err != nil {
		fail("top", err)
		return 1
	}
	return 0
}

// screen becomes skein-top.
func screen(args []string) int {
	path, err := sibling("skein-top")
	if err != nil {
		return fail("top", err)
	}
	err = syscall.Exec(path, append([]string{"skein-top"}, args...), os.Environ())
	return fail("top", fmt.Errorf("%s: %w", path, err))
}

// sibling finds a program of ours: beside this one, else in PATH.
func sibling(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(self), name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return "", usage.Errorf("go install ./cmd/... installs it beside skein", "%s: not found", name)
	}
	return path, err
}
