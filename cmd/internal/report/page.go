package report

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Page is a screenful that is drawn again and again, on the terminal's other
// screen: what was there before is back when it is closed. It belongs to one
// goroutine.
type Page struct{ to *os.File }

// OpenPage begins with an empty screen. [CanLive] says whether there can be one.
func OpenPage(to *os.File) *Page {
	io.WriteString(to, "\x1b[?1049h\x1b[?25l")
	return &Page{to}
}

// Draw draws lines, as many and as much of each as the terminal holds. They must
// be harmless: package inert makes them so.
func (p *Page) Draw(lines []string) error {
	columns, rows := size(p.to)
	if more := len(lines) - rows; more > 0 {
		lines = append(lines[:rows-1:rows-1], fmt.Sprintf("and %d lines more", more+1))
	}
	var b strings.Builder
	b.WriteString("\x1b[H")
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(runewidth.Truncate(line, columns, "…") + "\x1b[K")
	}
	b.WriteString("\x1b[J")
	_, err := io.WriteString(p.to, b.String())
	return err
}

// Close gives the screen back.
func (p *Page) Close() { io.WriteString(p.to, "\x1b[?25h\x1b[?1049l") }
