package main

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// helpers are the programs that scripts run as jobs.
var helpers = map[string]func(){
	"args":     args,
	"flood":    flood,
	"has":      has,
	"hop":      hop,
	"reboot":   reboot,
	"tiny":     func() {},
	"trapterm": trapterm,
}

// args prints its arguments, one a line, quoted as Go does it.
func args() {
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	for _, a := range os.Args[1:] {
		fmt.Fprintf(w, "%q\n", a)
	}
}

// flood N [LETTER] writes N bytes, in lines of a hundred.
func flood() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	letter := "x"
	if len(os.Args) > 2 {
		letter = os.Args[2]
	}
	line := strings.Repeat(letter, 99) + "\n"
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	defer w.Flush()
	for ; n > 0; n -= len(line) {
		io.WriteString(w, line[:min(n, len(line))])
	}
}

// reboot FILE makes a journal look as if it were from before another start of
// the system.
func reboot() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	line, rest, _ := strings.Cut(string(text), "\n")
	line = regexp.MustCompile(`"boot":"[^"]*"`).ReplaceAllString(line[:strings.LastIndex(line, `,"crc"`)], `"boot":"another"`)
	sum := crc32.Checksum([]byte(line), crc32.MakeTable(crc32.Castagnoli))
	write(os.Args[1], fmt.Sprintf("%s,\"crc\":\"%08x\"}\n%s", line, sum, rest))
}

// hop FILE N starts itself with N-1, in a session of its own, and ends: as long
// as one of them lives FILE is locked. SIGTERM does nothing to them.
func hop() {
	signal.Ignore(syscall.SIGTERM)
	lock := os.NewFile(3, "lock")
	if syscall.Flock(3, syscall.LOCK_SH|syscall.LOCK_NB) != nil {
		file, err := os.OpenFile(os.Args[1], os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			panic(err)
		}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH); err != nil {
			panic(err)
		}
		lock = file
	}
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	if n == 0 {
		return
	}
	next := exec.Command("hop", os.Args[1], strconv.Itoa(n-1))
	next.ExtraFiles = []*os.File{lock}
	next.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := next.Start(); err != nil {
		panic(err)
	}
}

// has prints how many bytes its standard input has.
func has() {
	n, err := io.Copy(io.Discard, os.Stdin)
	fmt.Println(n, err)
}

// trapterm FILE ignores SIGTERM, then writes its process id to FILE and stays.
func trapterm() {
	signal.Ignore(syscall.SIGTERM)
	write(os.Args[1], strconv.Itoa(os.Getpid())+"\n")
	select {}
}

// write makes a file that is never seen half-written.
func write(name, text string) {
	if err := os.WriteFile(name+".new", []byte(text), 0o666); err != nil {
		panic(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		panic(err)
	}
}
