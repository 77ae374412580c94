package vtl

// Velocity finds a method without parameters for a call with any number of
// arguments, and the call then fails. These are the methods without parameters
// that each kind of value has.

type methodSet map[methodID]bool

func methods(ids ...methodID) methodSet {
	set := make(methodSet, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

var (
	anyObject   = methods(mGetClass, mHashCode, mToString, mNotifyAll)
	ofString    = methods(mChars, mCodePoints, mDescribeConstable, mGetBytes, mIntern, mIsBlank, mIsEmpty, mLength, mLines, mStrip, mStripIndent, mStripLeading, mStripTrailing, mToCharArray, mToLowerCase, mToUpperCase, mTranslateEscapes, mTrim)
	ofNumber    = methods(mByteValue, mDescribeConstable, mDoubleValue, mFloatValue, mIntValue, mLongValue, mShortValue)
	ofFloating  = methods(mIsInfinite, mIsNaN)
	ofBool      = methods(mBooleanValue, mDescribeConstable)
	ofChar      = methods(mCharValue, mDescribeConstable)
	ofBig       = methods(mAbs, mBitCount, mBitLength, mByteValue, mByteValueExact, mDoubleValue, mFloatValue, mGetLowestSetBit, mIntValue, mIntValueExact, mLongValue, mLongValueExact, mNegate, mNextProbablePrime, mNot, mShortValue, mShortValueExact, mSignum, mSqrt, mSqrtAndRemainder, mToByteArray)
	ofDecimal   = methods(mAbs, mByteValue, mByteValueExact, mDoubleValue, mFloatValue, mIntValue, mIntValueExact, mLongValue, mLongValueExact, mNegate, mPlus, mPrecision, mScale, mShortValue, mShortValueExact, mSignum, mStripTrailingZeros, mToBigInteger, mToBigIntegerExact, mToEngineeringString, mToPlainString, mUlp, mUnscaledValue)
	ofList      = methods(mClear, mIsEmpty, mIterator, mListIterator, mParallelStream, mSize, mSpliterator, mStream, mToArray)
	ofArrayList = methods(mClone, mTrimToSize)
	ofJSONArray = methods(mToJSONString)
	ofMap       = methods(mClear, mEntrySet, mIsEmpty, mKeySet, mSize, mValues)
	ofHashMap   = methods(mClone)
	ofView      = methods(mClear, mIsEmpty, mIterator, mParallelStream, mSize, mSpliterator, mStream, mToArray)
	ofEntry     = methods(mComparingByKey, mComparingByValue, mGetKey, mGetValue)
	ofWalker    = methods(mHasNext, mNext, mRemove)
	ofScope     = methods(mGetCount, mGetFirst, mGetHasNext, mGetIndex, mGetInfo, mGetLast, mGetParent, mGetReplaced, mGetTopmost, mHasNext, mIsFirst, mIsLast)
	ofInput     = methods(mGetBody, mParams)
)

// bare reports whether the value has the method without parameters.
func bare(on Value, m methodID) bool {
	if anyObject[m] {
		return true
	}
	for _, set := range setsOf(on) {
		if set[m] {
			return true
		}
	}
	return false
}

func setsOf(on Value) []methodSet {
	switch on.k {
	case kString:
		return []methodSet{ofString}
	case kBool:
		return []methodSet{ofBool}
	case kByte, kShort, kInt, kLong:
		return []methodSet{ofNumber}
	case kFloat, kDouble:
		return []methodSet{ofNumber, ofFloating}
	case kBig:
		return []methodSet{ofBig}
	case kDecimal:
		return []methodSet{ofDecimal}
	case kChar:
		return []methodSet{ofChar}
	}
	switch on.o.(type) {
	case *list:
		return []methodSet{ofList, ofArrayList}
	case *nodeList:
		return []methodSet{ofList, ofArrayList, ofJSONArray}
	case sequence:
		return []methodSet{ofList}
	case *scope:
		return []methodSet{ofMap, ofScope}
	case mapping:
		return []methodSet{ofMap, ofHashMap}
	case *view:
		return []methodSet{ofView}
	case *entry:
		return []methodSet{ofEntry}
	case *walker:
		return []methodSet{ofWalker}
	case *inputObject:
		return []methodSet{ofInput}
	}
	return nil
}
