package dev.ledgerstone.gateway.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class SoundTest {
  private static byte[] wave(int kind, int rate, int align, int bytes, int claimed) {
    ByteBuffer file = ByteBuffer.allocate(58 + bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(ISO_8859_1)).putInt(50 + bytes).put("WAVE".getBytes(ISO_8859_1));
    file.put("LIST".getBytes(ISO_8859_1)).putInt(5).put(new byte[6]); // odd, so one more
    file.put("fmt ".getBytes(ISO_8859_1)).putInt(16).putShort((short) kind).putShort((short) 1);
    file.putInt(rate).putInt(1).putShort((short) align).putShort((short) 16);
    file.put("data".getBytes(ISO_8859_1)).putInt(claimed);
    return file.array();
  }

  @Test
  void aWaveFileSaysItsLength() {
    Sound sound = Sound.of(wave(1, 16_000, 2, 64_000, 64_000));

    assertThat(sound).isEqualTo(new Sound(2000, true, 2000));
  }

  @Test
  void bytesThatAreNotThereAreNotHeard() {
    assertThat(Sound.of(wave(1, 16_000, 2, 64_000, -1)).millis()).isEqualTo(2000);
    assertThat(Sound.of(wave(1, 16_000, 2, 64_000, 32_000)).millis()).isEqualTo(1000);
  }

  @Test
  void packedSamplesAndAbsurdRatesAreNotBelieved() {
    for (byte[] file :
        new byte[][] {
          wave(2, 16_000, 2, 60_000, 60_000), wave(1, 2_000_000_000, 2, 60_000, 60_000)
        }) {
      Sound sound = Sound.of(file);

      assertThat(sound.isExact()).isFalse();
      assertThat(sound.mostMillis()).isEqualTo(Math.ceilDiv(file.length * 1000L, 600));
    }
  }

  @Test
  void theFirstFrameOfAnMp3SaysItsRate() {
    byte[] file = new byte[160_000];
    file[0] = (byte) 0xFF;
    file[1] = (byte) 0xFB; // MPEG 1, layer III
    file[2] = (byte) 0x90; // 128 kbit a second
    byte[] tagged = new byte[file.length + 20];
    System.arraycopy(new byte[] {'I', 'D', '3', 4, 0, 0, 0, 0, 0, 10}, 0, tagged, 0, 10);
    System.arraycopy(file, 0, tagged, 20, file.length);

    assertThat(Sound.of(file).millis()).isEqualTo(10_000);
    assertThat(Sound.of(tagged).millis()).isBetween(10_000L, 10_010L);
    assertThat(Sound.of(file).mostMillis()).isGreaterThan(200_000);
  }

  @Test
  void anythingElseIsTakenForSpeechAsTelephonesRecordIt() {
    assertThat(Sound.of(new byte[4000])).isEqualTo(new Sound(1000, false, 6667));
    assertThat(Sound.of(new byte[0]).millis()).isZero();
  }
}
