#!/usr/bin/env python3
"""What we write, tools that are not ours read, and the other way round; the same for presigned URLs."""
import os
import sys
import urllib.parse
from xml.etree import ElementTree

sys.dont_write_bytecode = True
from harness import main, on, run  # noqa: E402

AWS = "/usr/bin/aws"
KEYS = ["plain", "a folder/two  spaces ", "50% of %41 and %2F", "a+b=c&d?e#f;g,h:i@j", "'single' \"double\" `tick`",
        "\u00e9\u00e0 \u4e2d\u6587 \U0001f512", "e\u0301 is not \u00e9", "~tilde-_.!*'()[]{}|^", "<xml>&amp;]]>"]
LONG_KEYS = ["x" * 255 + "/" + "y" * 255, "\u4e2d" * 85]  # of which s3rver cannot make file names
SIZES = {"empty": 0, "small": 1024, "in parts": 20 << 20}
CEPH = ("CEPH", "CEPH_TLS", "CEPH_VIRTUAL_HOST")


def content_of(key, size=1024):
    seed = key.encode() + b"\0\xff\r\n"
    return (seed * (size // len(seed) + 1))[:size]


def write(folder, name, content):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def keys_for(bucket):
    return KEYS if bucket.server.name == "S3RVER" else KEYS + LONG_KEYS


@on(*CEPH, "SWIFT", "S3RVER")
def names_we_write(bucket, folder):
    """objects of any name that we put are what boto3 lists and reads"""
    for key in keys_for(bucket):
        bucket.run("put", key, write(folder, "file", content_of(key)))
        assert bucket.get(key) == content_of(key), key
    assert sorted(bucket.keys()) == sorted(keys_for(bucket)), bucket.keys()


@on(*CEPH, "SWIFT", "S3RVER")
def names_they_write(bucket, folder):
    """objects of any name that boto3 puts are what we list, read and remove"""
    for key in keys_for(bucket):
        bucket.put(key, content_of(key))
    listed = bucket.run("list", "").splitlines()
    assert listed == [f"1024 {key}" for key in sorted(keys_for(bucket), key=str.encode)], listed
    for key in keys_for(bucket):
        bucket.run("get", key, os.path.join(folder, "file"))
        assert read(folder, "file") == content_of(key), key
        bucket.run("remove", key)
    assert bucket.keys() == []


@on("CEPH", "CEPH_TLS", "SWIFT", "S3RVER")
def sizes_we_write(bucket, folder):
    """objects of any size that we put, the largest in parts, are what boto3 reads"""
    for name, size in SIZES.items():
        bucket.run("put", name, write(folder, "file", content_of(name, size)))
        assert bucket.get(name) == content_of(name, size), name


@on("CEPH", "CEPH_TLS", "SWIFT")  # s3rver does not tell
def parts_we_write(bucket, folder):
    """boto3 sees that a large object was put in parts, and no unfinished upload"""
    bucket.run("put", "small", write(folder, "file", b"small"))
    bucket.run("put", "large", write(folder, "file", content_of("large", SIZES["in parts"])))
    etags = [entry["ETag"] for entry in bucket.s3.list_objects_v2(Bucket=bucket.name)["Contents"]]
    assert etags[0].endswith('-3"') and "-" not in etags[1], etags
    assert "Uploads" not in bucket.s3.list_multipart_uploads(Bucket=bucket.name)


@on("CEPH", "CEPH_TLS", "SWIFT", "S3RVER")
def sizes_they_write(bucket, folder):
    """objects of any size that boto3 puts, the largest in parts, are what we read"""
    for name, size in SIZES.items():
        if size == 0 and bucket.server.name == "S3RVER":
            continue  # it announces one byte of an empty object's range, and closes the connection
        bucket.s3.upload_file(write(folder, "file", content_of(name, size)), bucket.name, name)
        bucket.run("get", name, os.path.join(folder, "out"))
        assert read(folder, "out") == content_of(name, size), name
        etag = bucket.s3.head_object(Bucket=bucket.name, Key=name)["ETag"]
        assert bucket.run("head", name) == f"{size} {etag}\n"


def aws(bucket, *arguments):
    return run(AWS, "--endpoint-url", bucket.server.endpoint, "s3", *arguments, environment=bucket.server.environment())


@on("CEPH", "CEPH_TLS")
def command_line_reads(bucket, folder):
    """what we put, the command line of AWS copies to files"""
    files = {**{key: 1024 for key in KEYS}, **SIZES}
    for name, size in files.items():
        bucket.run("put", name, write(folder, "file", content_of(name, size)))
    aws(bucket, "sync", f"s3://{bucket.name}", os.path.join(folder, "copy"))
    for name, size in files.items():
        assert read(folder, f"copy/{name}") == content_of(name, size), name


@on("CEPH", "CEPH_TLS")
def command_line_writes(bucket, folder):
    """files that the command line of AWS copied are what we read"""
    files = {**{key: 1024 for key in KEYS}, **SIZES}
    for name, size in files.items():
        write(folder, f"original/{name}", content_of(name, size))
    aws(bucket, "sync", os.path.join(folder, "original"), f"s3://{bucket.name}")
    for name, size in files.items():
        bucket.run("get", name, os.path.join(folder, "file"))
        assert read(folder, "file") == content_of(name, size), name


def curl(bucket, *arguments, expect=0):
    return run("/usr/bin/curl", "--silent", "--show-error", "--fail", "--noproxy", "*", *arguments,
               environment=bucket.server.environment(), expect=expect)


@on(*CEPH, "SWIFT", "S3RVER")
def urls_we_sign(bucket, folder):
    """curl, which knows no key, does with our presigned URLs what they are for"""
    out = os.path.join(folder, "out")
    for key in keys_for(bucket):
        url = {method: bucket.run("presign", method, key).strip() for method in ("put", "head", "get", "remove")}
        curl(bucket, "--upload-file", write(folder, "in", content_of(key)), url["put"])
        assert bucket.get(key) == content_of(key), key
        assert "content-length: 1024" in curl(bucket, "--head", url["head"]).lower()
        curl(bucket, "--output", out, url["get"])
        assert read(folder, "out") == content_of(key), key
        curl(bucket, "--request", "DELETE", url["remove"])
    assert bucket.keys() == []


@on(*CEPH, "SWIFT", "S3RVER")
def listings_we_sign(bucket, folder):
    """curl lists with our presigned URL, and only what it is for"""
    bucket.put("in/a b", b"")
    bucket.put("out", b"")
    listing = curl(bucket, bucket.run("presign", "list", "in/").strip())
    keys = [key.text for key in ElementTree.fromstring(listing).iterfind(".//{*}Key")]
    assert [urllib.parse.unquote_plus(key) for key in keys] == ["in/a b"], listing


@on("CEPH", "SWIFT")  # s3rver trusts anybody
def urls_are_for_one_thing(bucket, folder):
    """a presigned URL changed in any part is worth nothing"""
    bucket.put("a", b"a")
    bucket.put("b", b"b")
    url = bucket.run("presign", "get", "a").strip()
    curl(bucket, url)
    curl(bucket, url.replace(f"{bucket.name}/a?", f"{bucket.name}/b?"), expect=22)
    curl(bucket, url.replace("X-Amz-Expires=", "X-Amz-Expires=1"), expect=22)
    curl(bucket, "--request", "DELETE", url, expect=22)
    assert bucket.keys() == ["a", "b"]


@on(*CEPH, "SWIFT", "S3RVER")
def urls_they_sign(bucket, folder):
    """presigned_storage puts, reads and removes by URLs that boto3 has signed"""
    for key in keys_for(bucket):

        def presigned(operation, *arguments):
            url = bucket.s3.generate_presigned_url(operation, Params={"Bucket": bucket.name, "Key": key})
            return bucket.run(*arguments, location=f"presigned:{url}")

        presigned("put_object", "put", key, write(folder, "in", content_of(key)))
        assert bucket.get(key) == content_of(key), key
        assert presigned("head_object", "head", key).startswith("1024 ")
        presigned("get_object", "get", key, os.path.join(folder, "out"))
        assert read(folder, "out") == content_of(key), key
        presigned("delete_object", "remove", key)
    assert bucket.keys() == []


if __name__ == "__main__":
    main()
