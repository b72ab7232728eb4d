import { Injectable, Logger } from '@nestjs/common';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { AppCircuit, type CircuitPhase } from './app-circuit.js';
import { WechatMetrics } from './wechat-metrics.js';

/** Apps whose circuits are kept; as many as anybody has are far fewer. */
const LIMIT = 1000;

/** The circuit of each app. The one that was not used for longest goes when there are too many. */
@Injectable()
export class AppCircuits {
  private readonly logger = new Logger('WeChat');
  private readonly circuits = new Map<string, AppCircuit>();

  constructor(private readonly metrics: WechatMetrics = new WechatMetrics(new MetricsRegistry())) {}

  of(appId: string): AppCircuit {
    const circuit = this.circuits.get(appId) ?? this.create(appId);
    // A map keeps its order: the last is the one used last.
    this.circuits.delete(appId);
    this.circuits.set(appId, circuit);
    if (this.circuits.size > LIMIT) this.forgetOne();
    return circuit;
  }

  private create(appId: string): AppCircuit {
    this.metrics.breakerPhase(appId, 'closed');
    return new AppCircuit({
      phase: (phase) => {
        this.metrics.breakerPhase(appId, phase);
        this.say(appId, phase);
      },
      refused: (reason) => this.metrics.refused(appId, reason),
    });
  }

  private say(appId: string, phase: CircuitPhase): void {
    if (phase === 'open') this.logger.warn(`Calls for ${appId} are suspended: WeChat is out of reach`);
    if (phase === 'closed') this.logger.log(`Calls for ${appId} are resumed: WeChat answers again`);
  }

  private forgetOne(): void {
    for (const [appId, circuit] of this.circuits) {
      if (!circuit.idle) continue;
      this.circuits.delete(appId);
      this.metrics.forget(appId);
      return;
    }
  }
}
