package remote

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"example.com/skein"
	"example.com/skein/cmd/internal/usage"
)

// Any is what allows every program.
const Any = "any"

// Allowed says which programs a worker runs. It is safe for concurrent use.
type Allowed struct {
	any      bool
	programs map[string]string // the file, by what argv[0] must be
}

// Allow reads a list of programs, with commas between them, or [Any]. Each is a
// name that is found in PATH now, or an absolute path. What a program makes of
// its arguments is its own affair: with a shell, or env, all is allowed.
func Allow(list string) (*Allowed, error) {
	a := &Allowed{programs: map[string]string{}}
	for name := range strings.SplitSeq(list, ",") {
		switch {
		case name == "":
			return nil, usage.Errorf("name programs, as in convert,/opt/bin/render, or any", "%q: an empty name in the list", list)
		case name == Any:
			a.any = true
			continue
		case strings.Contains(name, "/") && !filepath.IsAbs(name):
			return nil, usage.Errorf("write a name, or the path from the root", "%s: a path that depends on where the worker is", name)
		}
		file, err := exec.LookPath(name)
		if err == nil {
			file, err = filepath.Abs(file)
		}
		if err != nil {
			return nil, usage.Errorf("the programs must be there when the worker starts", "%s: not found, or not executable", name)
		}
		a.programs[name] = file
	}
	return a, nil
}

// check gives the argv to run for the args, or says why they are refused.
func (a *Allowed) check(in Args) ([]string, error) {
	switch {
	case len(in.Argv) == 0 || in.Argv[0] == "":
		return nil, refuse("no program is named")
	case in.Dir != "" && !filepath.IsAbs(string(in.Dir)):
		return nil, refuse("directory %q: not a path from the root", in.Dir)
	case in.Timeout < 0:
		return nil, refuse("a negative time-out")
	}
	for _, text := range append(append([]string{string(in.Dir)}, in.Argv...), in.Env...) {
		if strings.ContainsRune(text, 0) {
			return nil, refuse("an argument, variable or directory has a NUL in it")
		}
	}
	if a.any {
		return in.Argv, nil
	}
	file, ok := a.programs[in.Argv[0]]
	if !ok {
		return nil, refuse("this worker does not run %q: its --allow-commands does not name it%s", in.Argv[0], aboutShells(in.Argv[0]))
	}
	if len(in.Env) > 0 {
		// Many a variable has a program load what it names.
		return nil, refuse("this worker takes no environment: its --allow-commands names programs, and is not any")
	}
	// The file that was found at the start, whatever the directory has.
	return append([]string{file}, in.Argv[1:]...), nil
}

// aboutShells says what a shell is for, to whoever has written none.
func aboutShells(program string) string {
	switch program {
	case "/bin/sh", "/bin/bash":
		return "; a shell line of skein run is run by it"
	}
	return ""
}

// refuse says why a command is not run here. Another attempt would end so too.
func refuse(format string, args ...any) error {
	return skein.Permanent(fmt.Errorf("refused: "+format, args...))
}
