//go:build ignore

// Picture turns a terminal's screen, as `tmux capture-pane -ep` prints it, into
// an SVG on standard output. picture.sh shows how it is called.
package main

import (
	"bufio"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
)

const (
	lineHeight = 18
	charWidth  = 7.8
	margin     = 14
)

var escape = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func main() {
	var lines []string
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		lines = append(lines, strings.TrimRight(escape.ReplaceAllString(in.Text(), ""), " "))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	longest := 0
	for _, line := range lines {
		longest = max(longest, len([]rune(line)))
	}
	width := int(float64(longest)*charWidth) + 2*margin
	height := len(lines)*lineHeight + 2*margin
	fmt.Printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %[1]d %d\">\n", width, height, height)
	fmt.Println(`<rect width="100%" height="100%" rx="8" fill="#1b1f27"/>`)
	fmt.Println(`<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" fill="#d7dae0" xml:space="preserve">`)
	for i, line := range lines {
		fill := ""
		switch {
		case strings.HasPrefix(line, "$ "):
			fill = ` fill="#8fc7ff"`
		case strings.Contains(line, "failed"):
			fill = ` fill="#ff9d8a"`
		case strings.Contains(line, " running"):
			fill = ` fill="#9ee6a8"`
		}
		fmt.Printf("<text x=\"%d\" y=\"%d\"%s>%s</text>\n", margin, margin+13+i*lineHeight, fill, html.EscapeString(line))
	}
	fmt.Println("</g>\n</svg>")
}
