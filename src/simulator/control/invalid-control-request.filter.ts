import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { type Response } from 'express';
import { InvalidControlRequest } from '../state/invalid-control-request.js';

/** 400 `{"message":"field: reason; field: reason"}`. */
@Catch(InvalidControlRequest)
export class InvalidControlRequestFilter implements ExceptionFilter<InvalidControlRequest> {
  catch(error: InvalidControlRequest, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    response.status(HttpStatus.BAD_REQUEST).json({ message: error.message });
  }
}
