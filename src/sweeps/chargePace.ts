import type { Charge } from '../dynamo/metered.js';
import type { VerifyOptions } from '../workflows/verifyContract.js';
import { UnitPace } from './unitPace.js';

/** Keeps what DynamoDB charges for reads and for writes to a rate each. */
export class ChargePace {
  private readonly reads: UnitPace;
  private readonly writes: UnitPace;
  private spent: Charge;

  /** @param charge goes on growing; what it holds already was waited for */
  constructor(
    private readonly charge: Charge,
    rates: Pick<VerifyOptions, 'readUnitsPerSecond' | 'writeUnitsPerSecond'>,
  ) {
    this.reads = new UnitPace(rates.readUnitsPerSecond);
    this.writes = new UnitPace(rates.writeUnitsPerSecond);
    this.spent = { ...charge };
  }

  /** Waits until the rates allow for what was charged since. */
  async settle(): Promise<void> {
    const { readUnits, writeUnits } = this.charge;
    const { spent } = this;
    this.spent = { readUnits, writeUnits };
    await this.reads.spend(readUnits - spent.readUnits);
    await this.writes.spend(writeUnits - spent.writeUnits);
  }
}
