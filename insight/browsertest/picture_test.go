//go:build pictures

package browsertest

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestPictures takes those of docs, of examples/service at the address that it
// has printed:
//
//	SERVICE=http://127.0.0.1:6060/debug/skein/ PICTURES=$PWD/docs go test -tags=pictures -run=TestPictures ./insight/browsertest
func TestPictures(t *testing.T) {
	server := &httptest.Server{URL: strings.TrimSuffix(os.Getenv("SERVICE"), "/debug/skein/")}
	for name, l := range map[string]look{
		"insight-light": {width: 1100, height: 1000},
		"insight-dark":  {width: 1100, height: 1000, dark: true},
	} {
		b := openAt(t, server, l)
		b.await(`document.querySelectorAll("#lanes .bar").length > 10 && document.querySelector("#suspects li")`)
		time.Sleep(2 * time.Second) // of the service's real life
		picture, err := chromedp.Call(b.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "webp", Quality: new(int64(80))})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(os.Getenv("PICTURES"), name+".webp"), picture.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
