package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/task"
)

// errNotFound is what a shell says.
var errNotFound = errors.New("command not found")

// errNoInterpreter is said of a script whose first line names a program that
// does not exist, where the system says only that a file does not.
var errNoInterpreter = errors.New("the interpreter in its first line was not found")

// paths remembers where commands were found.
type paths struct {
	mu    sync.Mutex
	found map[string]string
}

// mostPaths bounds what is remembered, as with --tasks every word may be new.
const mostPaths = 1000

// look gives the file of a command word. A word with a slash is the file;
// another is looked for in PATH, where an empty folder is the current one.
func (p *paths) look(word string) (string, error) {
	if strings.Contains(word, "/") {
		return word, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if file, ok := p.found[word]; ok {
		return file, nil
	}
	file, err := search(word)
	if err != nil {
		return "", err
	}
	if len(p.found) >= mostPaths {
		clear(p.found)
	}
	p.found[word] = file
	return file, nil
}

func search(word string) (string, error) {
	status, why := 127, errNotFound
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if word == "" {
			break
		}
		file := filepath.Join(dir, word)
		if dir == "" {
			file = "./" + word
		}
		err := executable(file)
		if err == nil {
			return file, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			status, why = 126, syscall.EACCES
		}
	}
	return "", &task.NotRunnable{Word: word, Status: status, Err: why}
}

func executable(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return syscall.EISDIR
	}
	return unix.Access(file, unix.X_OK)
}
