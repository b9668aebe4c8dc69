package report

import (
	"bufio"
	"fmt"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestAPageFitsTheTerminal(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 4, Cols: 10}); err != nil {
		t.Fatal(err)
	}
	p := OpenPage(tty)
	if err := p.Draw([]string{"short", "longer than ten", "three", "four"}); err != nil {
		t.Fatal(err)
	}
	if err := p.Draw([]string{"1", "2", "3", "4", "5"}); err != nil {
		t.Fatal(err)
	}
	p.Close()
	fmt.Fprintln(tty, "end")
	got := ""
	for in := bufio.NewReader(master); !strings.HasSuffix(got, "end\r\n"); {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		got += line
	}
	want := "\x1b[?1049h\x1b[?25l" + // and the terminal adds a CR to each LF
		"\x1b[Hshort\x1b[K\r\r\nlonger th…\x1b[K\r\r\nthree\x1b[K\r\r\nfour\x1b[K\x1b[J" +
		"\x1b[H1\x1b[K\r\r\n2\x1b[K\r\r\n3\x1b[K\r\r\nand 2 lin…\x1b[K\x1b[J" +
		"\x1b[?25h\x1b[?1049lend\r\n"
	if got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}
