package dev.ledgerstone.cli;

import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The data directory of a running server: its own as long as it runs.
 *
 * <p>The lock goes with the process, however that ends; so whoever holds it knows that an earlier
 * server on this directory is over, and may settle what that one left open.
 */
final class DataDirectory implements AutoCloseable {
  private final FileChannel channel;
  private final Path path;

  private DataDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static DataDirectory lock(Path path) {
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(
              path.resolve("server.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return new DataDirectory(path.toRealPath(), channel);
        }
      } catch (OverlappingFileLockException e) {
        // held by this very process: as good as by another
      }
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the data directory cannot be used: " + e.getMessage(), e);
    }
    throw new RequestProblem.Conflict(
            "another server runs on the data directory " + path,
            "stop it, or give this one another --data")
        .exception();
  }

  /** A name that no other running node has. */
  String nodeName() {
    try {
      return InetAddress.getLocalHost().getHostName() + ":" + path;
    } catch (UnknownHostException e) {
      return "localhost:" + path;
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
