package dev.ledgerstone.ops.archive;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.problem.RequestProblem;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The file around an archive's tar: compressed, and either encrypted or closed with the SHA-256 of
 * all that comes before.
 *
 * <p>The closing hash stands in what the formats skip: a frame of zstd's that is passed over, a
 * member of gzip's that is empty and has the hash as its comment. So other programs unpack the file
 * as any other, and we find a bit that was flipped anywhere in it, also where nobody looks.
 */
final class Container {
  private static final int ZSTD_LEVEL = 3;
  private static final int BUFFER = 1 << 16;
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

  private Container() {}

  /** How a file is compressed. */
  enum Compression {
    GZIP_MEMBERS {
      @Override
      byte[] magic() {
        return GZIP;
      }

      @Override
      OutputStream to(OutputStream out) throws IOException {
        return new GZIPOutputStream(out, BUFFER) {
          {
            def.setLevel(Deflater.BEST_SPEED);
          }
        };
      }

      @Override
      InputStream from(InputStream in) throws IOException {
        return new GZIPInputStream(in, BUFFER);
      }

      @Override
      byte[] closing(byte[] hash) {
        // RFC 1952: head with the flag FCOMMENT, the comment, an empty final block, no sum, no
        // size.
        ByteArrayOutputStream member = new ByteArrayOutputStream();
        member.writeBytes(new byte[] {GZIP[0], GZIP[1], 8, 0x10, 0, 0, 0, 0, 0, (byte) 255});
        member.writeBytes(("sha256=" + HexFormat.of().formatHex(hash)).getBytes(US_ASCII));
        member.writeBytes(new byte[] {0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        return member.toByteArray();
      }
    },
    ZSTD_FRAMES {
      @Override
      byte[] magic() {
        return ZSTD;
      }

      @Override
      OutputStream to(OutputStream out) throws IOException {
        return new ZstdOutputStream(out, ZSTD_LEVEL);
      }

      @Override
      InputStream from(InputStream in) throws IOException {
        return new ZstdInputStream(in);
      }

      @Override
      byte[] closing(byte[] hash) {
        // RFC 8878, section 3.1.2: a skippable frame.
        return ByteBuffer.allocate(8 + hash.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0x184D2A50)
            .putInt(hash.length)
            .put(hash)
            .array();
      }
    };

    /** How it begins. */
    abstract byte[] magic();

    abstract OutputStream to(OutputStream out) throws IOException;

    abstract InputStream from(InputStream in) throws IOException;

    /** What stands behind the last byte. */
    abstract byte[] closing(byte[] hash);

    /** By the file's name. */
    static Compression of(Path file) {
      String name = file.getFileName().toString();
      if (name.endsWith(".tar.zst")) {
        return ZSTD_FRAMES;
      } else if (name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
        return GZIP_MEMBERS;
      }
      throw new RequestProblem.Invalid(
              "FILE",
              "the name " + name + " says neither of the two formats",
              "end it in .tar.zst (faster and smaller) or .tar.gz")
          .exception();
    }

    /** By the file's first bytes; null: of no kind that is known. */
    static @Nullable Compression of(byte[] head) {
      for (Compression each : values()) {
        byte[] magic = each.magic();
        if (head.length >= magic.length
            && Arrays.equals(head, 0, magic.length, magic, 0, magic.length)) {
          return each;
        }
      }
      return null;
    }
  }

  /** A file that is being written; it is on the disk when {@link #close} returns. */
  static final class Sink extends OutputStream {
    private final FileChannel channel;
    private final OutputStream file;
    private final MessageDigest whole = Sha256.digest();
    private final OutputStream packed;
    private final Compression compression;
    private final boolean isEncrypted;
    private boolean isClosed;
    private String sha256 = "";

    Sink(Path path, Compression compression, @Nullable String passphrase) throws IOException {
      this.compression = compression;
      this.isEncrypted = passphrase != null;
      channel = channel(path);
      file = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
      OutputStream below = new Hashing();
      packed = compression.to(passphrase == null ? below : Encryption.to(below, passphrase));
    }

    private static FileChannel channel(Path path) throws IOException {
      Set<StandardOpenOption> options =
          Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
      return path.getFileSystem().supportedFileAttributeViews().contains("posix")
          ? FileChannel.open(
              path,
              options,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
          : FileChannel.open(path, options);
    }

    /** Stays open when what lies above it is closed. */
    private final class Hashing extends FilterOutputStream {
      Hashing() {
        super(file);
      }

      @Override
      public void write(int b) throws IOException {
        whole.update((byte) b);
        file.write(b);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        whole.update(bytes, from, length);
        file.write(bytes, from, length);
      }

      @Override
      public void close() throws IOException {
        file.flush();
      }
    }

    @Override
    public void write(int b) throws IOException {
      packed.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      packed.write(bytes, from, length);
    }

    /** Of the whole file, hexadecimal; once it is closed. */
    String sha256() {
      return sha256;
    }

    @Override
    public void close() throws IOException {
      if (isClosed) {
        return;
      }
      isClosed = true;
      try (channel) {
        packed.close();
        byte[] hash = hash(whole);
        if (!isEncrypted) {
          byte[] closing = compression.closing(hash);
          whole.update(closing);
          file.write(closing);
          hash = hash(whole);
        }
        sha256 = HexFormat.of().formatHex(hash);
        file.flush();
        channel.force(true);
      }
    }

    /** Of what came until now. */
    private static byte[] hash(MessageDigest digest) {
      try {
        return ((MessageDigest) digest.clone()).digest();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException(e); // that of the JDK can be cloned
      }
    }
  }

  /**
   * Opens a file for reading; one that is not encrypted has been hashed whole when this returns.
   *
   * @param passphrase null: none was given
   */
  static InputStream open(Path path, @Nullable String passphrase) throws IOException {
    byte[] head;
    try (InputStream in = Files.newInputStream(path)) {
      head = in.readNBytes(Encryption.HEAD_BYTES);
    }
    if (Encryption.begins(head)) {
      return decrypted(path, head, passphrase);
    }
    Compression compression = Compression.of(head);
    if (compression == null) {
      throw Damage.of(path + " does not begin as an archive does");
    }
    long end = Files.size(path) - compression.closing(new byte[32]).length;
    check(path, compression, end);
    return compression.from(
        new Front(new BufferedInputStream(Files.newInputStream(path), BUFFER), end));
  }

  /** The first bytes of a stream, and nothing of what follows. */
  private static final class Front extends FilterInputStream {
    private long left;

    Front(InputStream in, long length) {
      super(in);
      left = length;
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        return -1;
      }
      left--;
      return in.read();
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      if (left == 0) {
        return length == 0 ? 0 : -1;
      }
      int read = in.read(buffer, from, (int) Math.min(length, left));
      left -= Math.max(0, read);
      return read;
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(in.available(), left);
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }

  private static InputStream decrypted(Path path, byte[] head, @Nullable String passphrase)
      throws IOException {
    if (passphrase == null) {
      throw new RequestProblem.Invalid(
              "FILE",
              path + " is encrypted",
              "name the file of its passphrase with --passphrase-file, or set LEDGERSTONE_BACKUP_PASSPHRASE")
          .exception();
    }
    InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER);
    in.skipNBytes(Encryption.HEAD_BYTES);
    InputStream plain = new BufferedInputStream(Encryption.from(in, head, passphrase), BUFFER);
    plain.mark(ZSTD.length);
    byte[] inner;
    try {
      inner = plain.readNBytes(ZSTD.length);
    } catch (IOException e) {
      plain.close();
      throw new RequestProblem.Conflict(
              path + " does not open",
              "the passphrase is another one, or the file was damaged or changed")
          .exception(e);
    }
    plain.reset();
    Compression compression = Compression.of(inner);
    if (compression == null) {
      plain.close();
      throw Damage.of(path + " does not hold an archive");
    }
    return compression.from(plain);
  }

  private static void check(Path path, Compression compression, long end) throws IOException {
    if (end <= 0) {
      throw Damage.of(path + " is cut off");
    }
    MessageDigest digest = Sha256.digest();
    byte[] closing;
    try (InputStream in = Files.newInputStream(path)) {
      byte[] buffer = new byte[BUFFER * 4];
      long left = end;
      while (left > 0) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          throw Damage.of(path + " is cut off");
        }
        digest.update(buffer, 0, read);
        left -= read;
      }
      closing = in.readAllBytes();
    }
    if (!Arrays.equals(closing, compression.closing(digest.digest()))) {
      throw Damage.of(path + " is not as it was written: its SHA-256 is another one");
    }
  }
}
