#!/bin/sh
# Build the image of the Containerfile without a container engine, and use it:
# buildah, and a base with Python in place of python:3.12-slim, come from
# Debian's packages by debootstrap. Called by `make test-image`.
set -e
skip() { echo "make test-image was skipped: $1"; exit 0; }

test "$(id -u)" = 0 || skip 'it needs root, for chroot'
for command in debootstrap unshare; do
    command -v $command > /dev/null \
        || skip "$command is missing (on Debian: apt install $command)"
done
work=$PWD/build/image
mkdir -p "$work"

make_root() {   # name, release, packages
    test -e "$work/$1/ready" && return
    rm -rf "${work:?}/$1"
    echo "Making $work/$1 of Debian's packages ..."
    debootstrap --variant=minbase --include="$3" "$2" "$work/$1" \
        > "$work/$1.log" 2>&1 \
        || skip "Debian's packages could not be downloaded; see $work/$1.log"
    touch "$work/$1/ready"
}

make_root tools trixie buildah,netavark,ca-certificates
make_root base bookworm python3,python3-venv,ca-certificates
# what this machine's pip is told about its index, the image's is told, too
cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' \
    > "$work/base/etc/pip.conf"
rm -rf "$work/reach"
mkdir -p "$work/reach/base" "$work/reach/d2l"
tar -cf "$work/reach/base/root.tar" -C "$work/base" --exclude='./proc/*' \
    --exclude='./sys/*' --exclude='./var/cache/apt/archives/*.deb' .
printf 'FROM scratch\nADD root.tar /\n' > "$work/reach/base/Containerfile"
git ls-files -z | xargs -0 cp --parents -t "$work/reach/d2l"

cat > "$work/reach/build.sh" <<'END'
set -e
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot HOME=/root
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /mnt/reach
buildah() { /usr/bin/buildah --root $PWD/images --runroot $PWD/run "$@"; }
limits='--ulimit nofile=20000:20000 --ulimit nproc=30000:30000'
buildah bud --quiet $limits -t localhost/base base
buildah bud $limits --build-arg BASE=localhost/base -t localhost/d2l d2l
buildah images localhost/d2l
container=$(buildah from $limits localhost/d2l)
buildah run $container -- sh -ec '
    test "$(id -u)" = 1000
    jupyterhub-singleuser --version
    python tools/run_chapters.py lenet'
END
cat > "$work/enter.sh" <<'END'
mount --make-rprivate /
mount --rbind "$1/tools" "$1/tools"     # buildah wants a mount as its root
for folder in proc dev sys; do mount --rbind /$folder "$1/tools/$folder"; done
mkdir -p "$1/tools/mnt/reach"
mount --bind "$1/reach" "$1/tools/mnt/reach"
cp /etc/resolv.conf "$1/tools/etc/resolv.conf"
exec chroot "$1/tools" sh /mnt/reach/build.sh
END
unshare --mount sh "$work/enter.sh" "$work"
rm -rf "$work/reach"
