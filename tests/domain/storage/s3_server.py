"""A small S3 server in memory, spoken to over the wire: what pyarrow's client asks of a bucket, no more."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape

_DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
_ISO_DATE = "2026-01-01T00:00:00.000Z"


class Bucket(ThreadingHTTPServer):
    """One server holds all buckets: the objects by "bucket/key"."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}

    @property
    def url(self) -> str:
        """The storage URL of a bucket in here."""
        place = f"127.0.0.1:{self.server_port}"
        return f"s3://who:secret@bucket/some/prefix?endpoint_override={place}&scheme=http&region=us-east-1"


@contextmanager
def s3_server() -> Iterator[Bucket]:
    """Serve buckets until the block ends."""
    with Bucket() as bucket:
        thread = threading.Thread(target=bucket.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield bucket
        finally:
            bucket.shutdown()
            thread.join()


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def log_message(self, *_: object) -> None:
        pass

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/")

    @property
    def _query(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = _unwrapped(body)
        return body

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        content = self.rfile.read(size)
        self.rfile.readline()
        return content

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        named = {"Content-Length": str(len(body)), "Last-Modified": _DATE} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in named.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _xml(self, body: str) -> None:
        self._answer(
            200, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), Content_Type="application/xml"
        )

    def _missing(self) -> None:
        self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>not here</Message></Error>")

    def do_HEAD(self) -> None:
        content = self.server.objects.get(self._key)
        if self._key == "bucket":
            self._answer(200)
        elif content is None:
            self._missing()
        else:
            self._answer(200, content, ETag=_tag(content), Accept_Ranges="bytes")

    def do_GET(self) -> None:
        if "list-type" in self._query:
            self._list()
            return
        content = self.server.objects.get(self._key)
        if content is None:
            self._missing()
            return
        start, _, end = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        part = content[int(start) : int(end) + 1 if end else None]
        span = f"bytes {start}-{int(start) + len(part) - 1}/{len(content)}"
        self._answer(206 if "Range" in self.headers else 200, part, ETag=_tag(content), Content_Range=span)

    def _list(self) -> None:
        prefix, delimiter = self._query.get("prefix", ""), self._query.get("delimiter", "")
        bucket = self._key.rstrip("/")
        keys = sorted(
            key.partition("/")[2] for key in self.server.objects if key.startswith(f"{bucket}/{prefix}")
        )
        plain, folders = [], set()
        for key in keys:
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
            else:
                plain.append(key)
        most = int(self._query.get("max-keys", "1000"))
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{_ISO_DATE}</LastModified>"
            f"<Size>{len(self.server.objects[f'{bucket}/{key}'])}</Size></Contents>"
            for key in plain[:most]
        )
        common = "".join(
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
            for folder in sorted(folders)
        )
        count = len(plain[:most]) + len(folders)
        self._xml(
            f"<ListBucketResult><Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{count}</KeyCount>"
            f"<MaxKeys>{most}</MaxKeys><IsTruncated>false</IsTruncated>{contents}{common}</ListBucketResult>"
        )

    def do_PUT(self) -> None:
        body, query = self._body(), self._query
        if "uploadId" in query:
            self.server.uploads[query["uploadId"]][int(query["partNumber"])] = body
        elif "x-amz-copy-source" in self.headers:
            source = self.server.objects.get(unquote(self.headers["x-amz-copy-source"]).lstrip("/"))
            if source is None:
                self._missing()
                return
            self.server.objects[self._key] = source
            self._xml(
                f"<CopyObjectResult><ETag>{escape(_tag(source))}</ETag><LastModified>{_ISO_DATE}</LastModified>"
                "</CopyObjectResult>"
            )
            return
        else:
            self.server.objects[self._key] = body
        self._answer(200, ETag=_tag(body))

    def do_POST(self) -> None:
        body, query = self._body(), self._query
        if "uploads" in query:
            upload = uuid4().hex
            self.server.uploads[upload] = {}
            self._xml(
                f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            )
        elif "uploadId" in query:
            parts = self.server.uploads.pop(query["uploadId"])
            content = b"".join(parts[number] for number in sorted(parts))
            self.server.objects[self._key] = content
            self._xml(
                f"<CompleteMultipartUploadResult><ETag>{escape(_tag(content))}</ETag></CompleteMultipartUploadResult>"
            )
        elif "delete" in query:
            bucket = self._key.rstrip("/")
            for part in body.decode().split("<Key>")[1:]:
                self.server.objects.pop(f"{bucket}/{unquote(part.partition('</Key>')[0])}", None)
            self._xml("<DeleteResult></DeleteResult>")

    def do_DELETE(self) -> None:
        self.server.objects.pop(self._key, None)
        self._answer(204)


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _unwrapped(body: bytes) -> bytes:
    """Take the content out of AWS's own chunks, each after a line with its size."""
    content = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        content, body = content + body[:size], body[size + 2 :]
    return content
