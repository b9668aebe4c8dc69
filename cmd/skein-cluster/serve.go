package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/loopback"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/usage"
)

// serve is skein serve.
func serve(args []string) int {
	var f member.Serve
	set := f.Set()
	done, err := parse(set, member.ServeHelp, args)
	if err == nil {
		err = none(set)
	}
	if err == nil && !done {
		err = check(&f)
	}
	if err != nil {
		return fail("serve", err, exitUsage)
	}
	if done {
		return 0
	}
	var w *crew
	if f.Workers > 0 {
		if status, guarded := guard(); guarded {
			return status
		}
		if w, err = newCrew(f.Allow, f.Workers); err != nil {
			return fail("serve", err, exitUsage)
		}
		w.drain = time.Minute
	}
	return listen(&f, w)
}

func check(f *member.Serve) (err error) {
	switch {
	case f.Workers < 0:
		return usage.Errorf("0 is none", "--workers %d: negative", f.Workers)
	case f.Workers == 0 && f.Allow != "":
		return usage.Errorf("--workers N runs commands here; skein worker has an --allow-commands of its own", "--allow-commands: there is no worker")
	case f.Listen == "":
		return usage.Errorf("--listen 127.0.0.1:0 is a free port of loopback", "--listen: no address")
	case !isHost(f.Advertise):
		return usage.Errorf("HOST or HOST:PORT, where others reach this machine", "--advertise %s: not an address", inert.Text(f.Advertise))
	case f.Web != "":
		if err := loopback.Check(f.Web); err != nil {
			return err
		}
	}
	if _, _, err := net.SplitHostPort(f.Listen); err != nil {
		return usage.Errorf("HOST:PORT, as in 127.0.0.1:4222 or :4222; port 0 is a free one", "--listen %s: not an address", inert.Text(f.Listen))
	}
	if f.Dir == "" {
		f.Dir, err = stateDir()
	}
	return err
}

// isHost reports whether a text may name a machine, or is empty; a port may follow.
func isHost(text string) bool {
	return text == "" || !strings.ContainsFunc(text, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(".-_:[]", c))
	})
}

// startHint adds what to do about a server that does not start.
func startHint(err error) error {
	var at *net.OpError
	var file *fs.PathError
	switch {
	case errors.Is(err, syscall.ENOSPC): // a file's error too, of which all is well but the disk
		return err
	case errors.Is(err, syscall.EADDRINUSE):
		return usage.Errorf("a server may run already; another is told by --listen 127.0.0.1:0, which is a free port, and a --dir of its own", "%v", err)
	case errors.As(err, &at):
		return usage.Errorf("--listen HOST:PORT names an address of this machine, or all of them, as :4222 does", "%v", err)
	case errors.As(err, &file):
		return usage.Errorf("--dir D is a directory of this user's, which is made if it is not there", "%v", err)
	}
	return err
}

// listen runs the server until a signal comes.
func listen(f *member.Serve, w *crew) int {
	ctx, second, release := signals()
	defer release()
	go beFrugal(ctx, f.Workers)
	opts := []embed.Option{embed.Listen(f.Listen), embed.Advertise(f.Advertise), embed.OnHalt(new(halts).tell)}
	if f.Fast {
		opts = append(opts, embed.Fast())
	}
	c, err := embed.Open(ctx, f.Dir, opts...)
	if err != nil {
		return fail("serve", startHint(err), exitUsage)
	}
	defer c.Close()
	if err := tell(f, w); err != nil {
		return fail("serve", err, exitFailed)
	}
	tellRoom(ctx, c)
	if f.Web != "" {
		page, err := openPage(f.Web, "skein serve", c)
		if err != nil {
			return fail("serve", err, exitUsage)
		}
		defer page.Close()
	}
	if w == nil {
		<-ctx.Done()
		return 0
	}
	w.client = c
	if err := w.work(ctx, second); err != nil {
		return fail("serve", err, exitFailed)
	}
	return 0
}

// tell says where the server is, and how others join.
func tell(f *member.Serve, w *crew) error {
	file := filepath.Join(f.Dir, "owner.key")
	owner, err := cluster.ReadKey(file)
	if err != nil {
		return err
	}
	fmt.Printf("serving at %s, files in %s\n", owner.Address, f.Dir)
	if w != nil {
		fmt.Printf("up to %d commands at a time run here, of %s\n", w.n, f.Allow)
	}
	fmt.Printf("the owner's key, with which everything may be done, is %s\n", file)
	fmt.Printf("a worker joins with a key of its own:\n  skein serve token --dir %s --types command --out north.key north\n"+
		"  skein worker --join north.key --allow-commands PROGRAMS\n", quoted(f.Dir))
	return nil
}

// tellRoom says how much may be kept, where that is less than usual.
func tellRoom(ctx context.Context, c *cluster.Client) {
	use, err := c.Usage(ctx)
	if most := use.Tasks.Most; err == nil && most < cluster.UsualBytes {
		fmt.Printf("tasks that wait may take %.1f MiB of the disk, and what became of them twice as much: there was no more room when the store was made\n", float64(most)/(1<<20))
	}
}

// quoted is a word for a shell.
func quoted(word string) string {
	if strings.ContainsFunc(word, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/._-", c))
	}) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}
